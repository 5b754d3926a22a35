// A password of the directory that was said inside EAP: the login of `password-login.ts`, and the second factor asked for by
// a message where the method has one.

import { isRefused } from '../contract/reason.ts';
import type { PasswordLogin as LoginInTunnel } from './inner-password.ts';
import { passwordLogin, type PasswordPorts, type PasswordRequest, secondFactorLogin } from './password-login.ts';

export function tunnelledPassword(passwords: PasswordPorts): LoginInTunnel {
  return async (ports, login) => {
    const {
      nas,
      outside,
      callingStationId,
      acctSessionId,
      clientClaims,
      traceId,
      machine,
      pending,
      userName,
      password,
    } = login;
    const device = machine && { key: machine.keyHash, name: machine.name, certificateNotAfter: machine.notAfter };
    const request: PasswordRequest = {
      nas,
      userName,
      callingStationId,
      ...(acctSessionId === undefined ? {} : { acctSessionId }),
      ...(clientClaims === undefined ? {} : { clientClaims }),
      traceId,
      inEap: { outside, canAsk: login.canAsk, ...(device === undefined ? {} : { machine: device }) },
    };
    const answer =
      pending === undefined
        ? await passwordLogin(ports, passwords, request, password)
        : await secondFactorLogin(ports, passwords, request, pending, password);
    if (isRefused(answer)) return { ...answer, ...(device === undefined ? {} : { device: device.key }) };
    return answer.answer === 'session' ? { session: answer.session } : { ask: answer.message, pending: answer.state };
  };
}
