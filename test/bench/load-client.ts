// The load client: its own process, so that what it costs is not counted as the server's. Started by `load-driver.ts`.

import { randomBytes } from 'node:crypto';
import { accountingRequest, passwordRequest } from '../../gateway/radius/client-requests.ts';
import { isRefused } from '../../gateway/contract/reason.ts';
import { attribute, first } from '../../gateway/radius/attributes.ts';
import { decode } from '../../gateway/radius/packet.ts';
import { eapLogins, forgetSessions } from './eap-load.ts';
import { type Job, type JobAnswer, nothingSent, type Sent } from './load-job.ts';
import { identifiersPerSocket, openUdpLoad, type UdpLoad } from './udp-load.ts';

const callingStationId = attribute('Calling-Station-Id', '192.0.2.77');

let load: UdpLoad | undefined;
let userNames: readonly string[] = [];

async function carryOut(job: Job): Promise<Sent> {
  switch (job.do) {
    case 'prepare-tickets': {
      const { tickets, port } = job;
      const secret = Buffer.from(job.secret);
      const requests = tickets.map(({ handle, secret: password }, index) =>
        passwordRequest({
          identifier: index % identifiersPerSocket,
          secret,
          authenticator: randomBytes(16),
          userName: handle,
          password,
          attributes: [callingStationId],
        }),
      );
      userNames = tickets.map(({ handle }) => handle);
      load?.close();
      load = await openUdpLoad({ port, secret, requests });
      return nothingSent;
    }
    case 'prepare-accounting': {
      const secret = Buffer.from(job.secret);
      const requests = (load?.replies() ?? []).map((reply, index) => {
        const packet = decode(reply);
        const session = isRefused(packet) ? undefined : first(packet.attributes, 'Class');
        if (session === undefined) throw new Error(`reply ${index} names no session`);
        return accountingRequest({
          identifier: index % identifiersPerSocket,
          secret,
          status: 'start',
          acctSessionId: randomBytes(4).toString('hex'),
          attributes: [attribute('User-Name', userNames[index] ?? ''), attribute('Class', session), callingStationId],
        });
      });
      load?.close();
      load = await openUdpLoad({ port: job.port, secret, requests });
      return nothingSent;
    }
    case 'send':
      if (load === undefined) throw new Error('nothing was prepared');
      return load.send(job.pace);
    case 'forget-sessions':
      forgetSessions();
      return nothingSent;
    case 'logins':
      return eapLogins(job);
  }
}

async function answer(job: Job): Promise<JobAnswer> {
  try {
    return { done: await carryOut(job) };
  } catch (error) {
    // The driver turns it into its own error; this process goes on to the next job.
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', (job: Job) => {
  void answer(job).then(result => process.send?.(result));
});
process.once('disconnect', () => process.exit(0));
