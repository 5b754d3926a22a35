// English sentences of the reason words: one plain sentence to the person or the administrator concerned, never blaming,
// saying what to do. The other languages follow the same order.

import type { Reason } from '../contract/reason.ts';

export const english = {
  'unknown-nas':
    'A request came from an address that is not in the NAS table; add that concentrator with its secret, or block the address.',
  'packet-too-short': 'A datagram was shorter than a RADIUS packet; check what is sending to this port.',
  'packet-length-wrong':
    'The length written in a RADIUS packet does not fit its datagram; check the concentrator and the path for cut-off datagrams.',
  'attribute-length-wrong': 'An attribute in a RADIUS packet has an impossible length; update the concentrator.',
  'too-many-attributes':
    'A RADIUS packet carried more attributes than any concentrator needs; check which system sent it.',
  'code-not-served':
    'A RADIUS packet of a kind that this port does not serve has arrived; check the port numbers on the concentrator.',
  'message-authenticator-missing':
    'The concentrator does not sign its requests; switch Message-Authenticator on there, or allow this NAS to go without it.',
  'message-authenticator-wrong':
    'The signature of a request does not match; check that the shared secret is the same on both sides.',
  'message-authenticator-malformed':
    'The Message-Authenticator of a request does not have 16 octets; update the concentrator.',
  'message-authenticator-repeated':
    'A request carried more than one Message-Authenticator; update the concentrator or the proxy in between.',
  'request-authenticator-wrong':
    'The authenticator of an accounting request does not match; check that the shared secret is the same on both sides.',
  'proxy-state-unsigned':
    'A request came through a proxy without a signature; switch Message-Authenticator on at the proxy.',
  'duplicate-in-progress': 'The same request is already being answered; nothing needs to be done.',
  'credentials-missing':
    'The request contained no way of signing in; connect with the VPN profile that your organisation gave you.',
  'credentials-conflicting':
    'The request contained two ways of signing in at once; connect with the VPN profile that your organisation gave you.',
  'password-malformed':
    'The password in a request arrived damaged; check that the shared secret is the same on both sides.',
  'accounting-malformed':
    'An accounting request does not say which session it is about; check the accounting settings of the concentrator.',
  'authority-silent':
    'The server that decides for this concentrator does not answer; check that it runs and knows this gateway as a client.',
  'session-unknown': 'This session is not known here; connect again if the connection does not work.',

  'eap-malformed': 'A message of the VPN client could not be read; update the VPN client.',
  'eap-state-unknown': 'The sign-in was interrupted for too long or the gateway was restarted; connect again.',
  'eap-state-other-gateway':
    'The sign-in began at another gateway; connect again, and let the concentrator keep one gateway for each sign-in.',
  'eap-state-other-nas': 'The sign-in began at another concentrator; connect again.',
  'eap-identifier-wrong': 'An answer did not belong to the last question; connect again.',
  'eap-unexpected':
    'The VPN client answered out of turn; connect again, and update the VPN client if this happens again.',
  'eap-method-refused': 'The VPN client does not offer sign-in with a certificate; choose EAP-TLS in its settings.',
  'eap-method-off':
    'The VPN client asks for a way of signing in that is switched off here; connect with the VPN profile that your organisation gave you.',
  'eap-crypto-binding-wrong':
    'Whoever signed in is not whoever holds the protected connection; connect over another network, and tell the help desk.',
  'eap-fragment-malformed':
    'A part of the sign-in arrived damaged; connect again, and update the VPN client if this happens again.',
  'eap-message-too-large':
    'The VPN client sent more than a sign-in needs; let it send only its own certificate and the issuers of that.',
  'eap-too-many-rounds':
    'The sign-in needed too many messages; let the VPN client use larger fragments and connect again.',
  'eap-too-slow': 'The sign-in took too long; check the internet connection and connect again.',
  'eap-too-many-conversations': 'Very many people are connecting at this moment; try again in a minute.',
  'tls-handshake-failed':
    'No secure connection could be made; update the VPN client and check which certificate is chosen in it.',
  'tls-version-refused': 'The VPN client and the gateway have no TLS version in common; update the VPN client.',
  'tls-alert-from-peer':
    'The VPN client broke off the sign-in; connect again, and update the VPN client if that does not help.',
  'server-certificate-refused':
    'The VPN client does not trust the certificate of the gateway; ask the help desk for the right VPN profile.',
  'tls-engine-lost': 'The gateway lost this sign-in through a fault of its own; connect again.',

  'certificate-missing': 'No certificate was shown; insert your card or choose your certificate, and connect again.',
  'certificate-malformed': 'The certificate could not be read; ask the help desk for a new one.',
  'certificate-too-large': 'The certificate is larger than this gateway accepts; ask the help desk for another one.',
  'certificate-chain-too-long':
    'The certificate came with too many issuers; let the VPN client send only the issuers of this certificate.',
  'certificate-anchor-unknown':
    'The issuer of the certificate is not trusted here; choose the certificate that your organisation expects.',
  'certificate-issuer-refused':
    'An issuer of the certificate was not entitled to issue it; ask the help desk for another certificate.',
  'certificate-signature-wrong':
    'The certificate or one of its issuers does not carry the right signature; ask the help desk for another certificate.',
  'certificate-not-yet-valid': 'The certificate is not valid yet; wait until its first day or ask the help desk.',
  'certificate-expired': 'The certificate has expired; renew it or ask the help desk how.',
  'certificate-revoked': 'The certificate has been revoked; ask its issuer for a new one.',
  'certificate-on-hold': 'The certificate is suspended; ask its issuer to end the suspension.',
  'certificate-usage-wrong':
    'This certificate is not meant for signing in; choose your authentication certificate and connect again.',
  'certificate-purpose-wrong':
    'This certificate was issued for another purpose; choose the certificate that your organisation expects.',
  'certificate-policy-wrong':
    'This kind of certificate is not accepted here; choose the certificate that your organisation expects.',
  'certificate-subject-wrong':
    'The name in the certificate does not have the expected form; ask the help desk for another certificate.',
  'certificate-key-weak': 'The key of the certificate is too weak by now; ask the help desk for a new certificate.',
  'certificate-hash-weak':
    'The signature of the certificate uses an outdated method; ask the help desk for a new certificate.',
  'certificate-extension-unknown':
    'The certificate contains a condition that this gateway does not know; ask the help desk for another certificate.',
  'revocation-unknown':
    'The gateway cannot find out at this moment whether the certificate is still valid; try again in a few minutes.',
  'identifier-missing':
    'The certificate does not contain the number that is needed here; choose the certificate that your organisation expects.',
  'identifier-checksum-wrong':
    'The number in the certificate does not add up; ask the help desk to look at the certificate.',
  'person-too-young': 'The minimum age for this access has not been reached; ask the help desk for another way.',
  'ticket-unknown': 'This one-time sign-in is not known; connect again from the agent.',
  'ticket-secret-wrong': 'The one-time sign-in arrived incomplete; connect again from the agent.',
  'ticket-expired': 'The one-time sign-in has expired; connect again from the agent.',
  'ticket-used': 'The one-time sign-in has already been used; connect again from the agent.',
  'password-wrong': 'The user name and password do not match; type them again and connect again.',
  'second-factor-missing':
    'A second factor is needed here; set up an authenticator app as your organisation describes, and connect again.',
  'second-factor-wrong':
    'The code of the second factor does not match; check the clock of your telephone and type the code that it shows now.',
  'second-factor-replayed':
    'The code of the second factor has already been used; wait until your telephone shows the next one and type that.',
  'login-locked':
    'Signing in with this user name failed too often; wait a quarter of an hour and connect again from where you usually work.',
  'password-path-refused':
    'A password may not travel over this path; let the concentrator reach the gateway over RADIUS with TLS or over IPsec.',
  'password-method-refused':
    'A password cannot be checked in the way that this VPN sends it; sign in from the agent, or let the concentrator use PAP or EAP.',

  'report-too-large': 'The report about this laptop is larger than the gateway accepts; update the agent.',
  'report-too-deep': 'The report about this laptop is nested too deeply; update the agent.',
  'report-malformed': 'The report about this laptop could not be read; update the agent.',
  'report-schema-wrong': 'The report about this laptop does not have the agreed form; update the agent.',
  'report-signature-wrong':
    'The report about this laptop is not signed with its own key; let the help desk enrol the agent again.',
  'report-device-mismatch':
    'The report is about another laptop than the one that sent it; let the help desk enrol the agent again.',
  'report-sequence-old': 'A newer report about this laptop has already arrived; let the agent check again.',
  'nonce-unknown': 'The agent answered a question that this gateway did not ask; let the agent check again.',
  'nonce-expired': 'The agent answered too late; let the agent check again.',
  'nonce-used': 'The agent answered the same question twice; let the agent check again.',
  'channel-binding-wrong':
    'The answer was made for another connection; let the agent check again, without anything in between that opens TLS.',
  'session-key-unproven': 'The key of this connection was not confirmed by the laptop; let the agent connect again.',
  'session-key-expired': 'The key of this connection has expired; let the agent connect again.',
  'proof-malformed': 'The proof of identity could not be read; update the agent.',
  'proof-signature-wrong': 'The proof of identity is not signed with the card that was shown; sign in again.',
  'too-many-requests': 'The agent asked too often; wait a minute and let it check again.',
  'device-waiting': 'Nobody has decided about this computer yet; give the help desk its code and ask again later.',
  'acceptance-outdated':
    'This text has changed since, or is no longer asked for; read the present one and accept that.',
  'identity-proof-missing':
    'Nobody has proven themselves with an identity card on this laptop in the last ten minutes; insert the card and try again.',

  'report-missing': 'Nothing is known about this laptop yet; start the agent and let it check.',
  'report-stale': 'The last report about this laptop is too old; start the agent and let it check again.',
  'policy-gap': 'No access policy applies to this person and laptop; ask the administrator to add one.',
  'policy-overlap':
    'More than one access policy applies to this person and laptop; ask the administrator to say which one counts.',
  'segment-untold':
    'This VPN cannot keep this laptop apart while it is repaired; use another VPN, or ask the administrator.',
  'requirement-failed': 'This laptop does not meet a requirement yet; the agent shows which one and how to mend it.',
  'requirement-unknown':
    'It could not be established whether this laptop meets a requirement; let the agent check again.',
  'device-stolen': 'This laptop is registered as stolen; call the help desk.',
  'device-retired': 'This laptop is registered as out of service; ask the help desk to take it into service again.',
  'device-unregistered': 'This laptop is not registered yet; ask the help desk to register it.',
  'binding-too-weak':
    'The connection must be tied to this laptop more firmly; connect from the agent on the laptop itself.',
  'unadmitted-session':
    'The concentrator reports a connection that this gateway never admitted; end it there and find out who let it in.',
  'session-limit-reached': 'The connection has lasted as long as a connection may; connect again.',

  'token-wrong': 'The token is missing or wrong; send the token of this gateway as "Authorization: Bearer …".',
  'request-malformed': 'The request is not well formed; check its names and values.',
  'record-unknown': 'There is no decision with this id or case code; check the code.',
  'address-unknown': 'There is nothing at this address; check it.',
  'right-missing': 'This operator may not do that; ask whoever keeps the configuration of the gateway for the right.',
  'reason-missing': 'No reason is given; say in at least ten characters why.',
  'act-not-configured': 'This gateway is not set up for that; check its configuration.',
  'session-ended': 'This session has ended already; there is nothing left to do.',
  'person-unknown': 'The directory knows nobody by this pseudonym; check the pseudonym.',
  'nas-unknown': 'There is no concentrator of this name; check the name.',
  'trace-unknown': 'This trace is over, or it is another operator’s; start a new one.',
  'nothing-waits': 'No change of rules waits for an operator; look at the state of the policy.',
  'no-earlier-policy': 'No policy from before this one is known here; release an earlier version anew.',
  'replay-unknown': 'This replay is unknown, older than an hour or not done yet; start a new one.',
  'device-unknown': 'No device with this key was ever seen here; check the key in the list of those that wait.',
  'second-factor-active': 'This person uses a second factor already; say expressly that a new one shall replace it.',

  'try-again': 'The gateway cannot answer at this moment and has decided nothing; try again in a few minutes.',
  'login-rate': 'The VPN client has logged in many times within a minute; close it, wait a minute and try again.',
  'store-unavailable': 'The gateway cannot reach its memory at this moment; try again in a few minutes.',
  'directory-unavailable': 'The gateway cannot reach the directory at this moment; try again in a few minutes.',
  overloaded: 'The gateway is very busy at this moment; try again in a minute.',
  'not-ready': 'The gateway is still starting; try again in a minute.',
  'version-conflict': 'Something else changed the same session at the same moment; try again.',
  'reply-too-large':
    'The answer does not fit in one RADIUS packet; let the administrator shorten what the policy sends along.',
} as const satisfies Record<Reason, string>;
