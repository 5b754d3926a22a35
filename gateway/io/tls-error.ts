// What OpenSSL says when a handshake fails, told apart: an alert of the other side, or our own complaint.

import { tlsAlertNames } from './tls-alert-names.ts';

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
