// What to write on the concentrator, so that it finds the gateway: the lines of its own configuration, for each profile.

import type { Config } from '../config.ts';
import type { Nas } from '../pdp/nas.ts';

interface Concentrator extends Pick<Nas, 'name' | 'profile' | 'requireMessageAuthenticator'> {
  readonly secret: string;
  /** Segment names of the policies, for the lines that list them. */
  readonly segments: readonly string[];
}

/** In place of an address that the configuration does not say. */
const unknownAddress = 'GATEWAY-ADDRESS';

export function snippet(nas: Concentrator, { radius }: Pick<Config, 'radius'>): readonly string[] {
  const anywhere = radius.address === '0.0.0.0' || radius.address === '::';
  const gateway = anywhere ? unknownAddress : radius.address;
  const { authenticationPort: login, accountingPort: accounting } = radius;
  switch (nas.profile) {
    case 'strongswan':
      return [
        '# strongswan.conf, within charon { plugins { … } }',
        'eap-radius {',
        '  accounting = yes',
        '  accounting_send_class = yes',
        '  # Without this line a silent accounting server closes the VPN.',
        '  accounting_close_on_timeout = no',
        '  # The segment comes as Filter-Id; match it with remote.groups of a connection.',
        '  filter_id = yes',
        `  nas_identifier = ${nas.name}`,
        '  servers {',
        '    sluis {',
        `      address = ${gateway}`,
        `      auth_port = ${login}`,
        `      acct_port = ${accounting}`,
        `      secret = "${nas.secret}"`,
        '    }',
        '  }',
        '  # So that the gateway can end a session; let only the gateway reach this port.',
        '  dae {',
        '    enable = yes',
        '    port = 3799',
        `    secret = "${nas.secret}"`,
        '  }',
        '}',
      ];
    case 'ocserv':
      return [
        '# ocserv.conf',
        `auth = "radius[config=/etc/radcli/radiusclient.conf,groupconfig=true,nas-identifier=${nas.name}]"`,
        'acct = "radius[config=/etc/radcli/radiusclient.conf]"',
        'stats-report-time = 600',
        ...nas.segments.map(segment => `select-group = ${segment}`),
        '',
        '# /etc/radcli/radiusclient.conf',
        `nas-identifier ${nas.name}`,
        `authserver ${gateway}:${login}`,
        `acctserver ${gateway}:${accounting}`,
        'servers /etc/radcli/servers',
        'dictionary /etc/radcli/dictionary',
        'radius_timeout 10',
        'radius_retries 3',
        '',
        '# /etc/radcli/servers, mode 0600',
        `${gateway} ${nas.secret}`,
        ...unsigned(nas, 'ocserv with radcli before 1.5'),
      ];
    case 'openvpn':
      return [
        '# openvpn server configuration',
        'plugin /usr/lib/openvpn/radiusplugin.so /etc/openvpn/radiusplugin.cnf',
        'username-as-common-name',
        'status /run/openvpn/status.log',
        'status-version 1',
        '',
        '# /etc/openvpn/radiusplugin.cnf, mode 0600',
        `NAS-Identifier=${nas.name}`,
        'Service-Type=5',
        'Framed-Protocol=1',
        'NAS-Port-Type=5',
        'OpenVPNConfig=/etc/openvpn/server.conf',
        'server',
        '{',
        `  authport=${login}`,
        `  acctport=${accounting}`,
        `  name=${gateway}`,
        '  retry=1',
        '  wait=10',
        `  sharedsecret=${nas.secret}`,
        '}',
        ...(Math.max(login, accounting) > 9999
          ? ['# The plugin cuts ports to four digits: let the gateway listen below 10000.']
          : []),
        ...unsigned(nas, 'the plugin'),
      ];
    case 'generic':
      return [
        `RADIUS server            ${gateway}`,
        `authentication port      ${login}/udp`,
        `accounting port          ${accounting}/udp, Interim-Update every 600 seconds`,
        `shared secret            ${nas.secret}`,
        `Message-Authenticator    ${nas.requireMessageAuthenticator ? 'send it in every Access-Request' : 'optional'}`,
        `NAS-Identifier           ${nas.name}`,
        'segment                  comes as Filter-Id',
        'dynamic authorization    port 3799/udp, CoA and Disconnect, from the gateway only',
        'timeout                  10 seconds, 3 attempts',
      ];
  }
}

function unsigned({ requireMessageAuthenticator }: Concentrator, who: string): readonly string[] {
  if (!requireMessageAuthenticator) return [];
  return [
    `# ${who} sends no Message-Authenticator and gets no answer: then add "require-message-authenticator: no" to the entry.`,
  ];
}
