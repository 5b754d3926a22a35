// Packet codes, their names, and which code answers which. RFC 2865 section 4, RFC 2866 section 4, RFC 5176 section 2.3,
// RFC 5997 section 3.

export const packetCodes = {
  'Access-Request': 1,
  'Access-Accept': 2,
  'Access-Reject': 3,
  'Accounting-Request': 4,
  'Accounting-Response': 5,
  'Access-Challenge': 11,
  'Status-Server': 12,
  'Disconnect-Request': 40,
  'Disconnect-ACK': 41,
  'Disconnect-NAK': 42,
  'CoA-Request': 43,
  'CoA-ACK': 44,
  'CoA-NAK': 45,
} as const;

export type PacketName = keyof typeof packetCodes;

const names = new Map<number, PacketName>(
  (Object.keys(packetCodes) as PacketName[]).map(name => [packetCodes[name], name]),
);

/** `undefined` for a code that this product does not speak. */
export function packetName(code: number): PacketName | undefined {
  return names.get(code);
}

/** The codes that may answer each request. */
const answersByRequest = {
  'Access-Request': ['Access-Accept', 'Access-Reject', 'Access-Challenge'],
  'Accounting-Request': ['Accounting-Response'],
  // [RFC5997-3] The answer says which kind of port was probed; a client takes either.
  'Status-Server': ['Access-Accept', 'Accounting-Response'],
  'Disconnect-Request': ['Disconnect-ACK', 'Disconnect-NAK'],
  'CoA-Request': ['CoA-ACK', 'CoA-NAK'],
} as const satisfies Partial<Record<PacketName, readonly PacketName[]>>;

export type RequestName = keyof typeof answersByRequest;
export const requestNames = Object.keys(answersByRequest) as readonly RequestName[];

const answerCodes = new Map<number, ReadonlySet<number>>(
  requestNames.map(name => [
    packetCodes[name],
    new Set<number>(answersByRequest[name].map(answer => packetCodes[answer])),
  ]),
);

export function isRequest(code: number): boolean {
  return answerCodes.has(code);
}

export function answers(replyCode: number, requestCode: number): boolean {
  return answerCodes.get(requestCode)?.has(replyCode) ?? false;
}
