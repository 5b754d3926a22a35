// What OpenSSL says when a handshake fails, told apart: an alert of the other side, or our own complaint.

import { type Refused, refused } from '../contract/reason.ts';
import { isAlertAlone, refusedByAlert } from '../eap/peer-alert.ts';
import { tlsAlertNames } from '../eap/tls-alert-names.ts';

export interface TlsError {
  /** Code of the alert that the other side sent. */
  readonly alert?: number;
  /** For logs. */
  readonly detail: string;
}

export function readTlsError(error: Error): TlsError {
  const alert = /SSL alert number (\d{1,3})/.exec(error.message)?.[1];
  if (alert !== undefined) return { alert: Number(alert), detail: tlsAlertNames[Number(alert)] ?? `alert ${alert}` };
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message;
  return { detail: reason };
}

/** As OpenSSL says that the two sides have no version in common. */
const versionFaults: ReadonlySet<string> = new Set(['unsupported protocol', 'wrong version number', 'version too low']);

/** Why a handshake of ours failed at this message of the peer, in our words. */
export function refusedByTls(error: Error, message: Uint8Array): Refused {
  const { alert, detail } = readTlsError(error);
  if (alert !== undefined) return refusedByAlert(alert, isAlertAlone(message));
  return refused(versionFaults.has(detail) ? 'tls-version-refused' : 'tls-handshake-failed', detail);
}
