// A PKCS #11 module, loaded by `node:ffi`: the functions that finding a certificate or a key, signing and decrypting need, each
// checked for its return value. Opened only in a child process: a module may hang, print, or bring its process down.

import { DynamicLibrary, getRawPointer } from 'node:ffi';
import {
  type Attribute,
  layoutOf,
  lengthAt,
  mechanism,
  memory,
  oaepMechanism,
  type OaepHash,
  readSlotInfo,
  readTokenInfo,
  readUlong,
  template,
  type TokenInfo,
  ulongBuffer,
} from './layout.ts';

/** A slot, session or object. */
export type Handle = bigint;

/** A function of the module answered something else than CKR_OK. */
export class Pkcs11Error extends Error {
  override readonly name = 'Pkcs11Error';
  readonly code: number;

  constructor(call: string, code: number) {
    super(`${call}: 0x${code.toString(16)}`);
    this.code = code;
  }
}

export const objectClass = { certificate: 1n, privateKey: 3n } as const;
export const attribute = {
  class: 0x0n,
  label: 0x3n,
  value: 0x11n,
  id: 0x102n,
  modulus: 0x120n,
  publicExponent: 0x122n,
} as const;
/** CKM_ECDSA over a digest of ours, CKM_SHA256_RSA_PKCS over the bytes themselves. */
export const mechanisms = { ecdsa: 0x1041n, 'sha256-rsa-pkcs': 0x40n } as const;
export type Mechanism = keyof typeof mechanisms;

const serialSession = 4n;
const user = 1n;
const mostObjects = 64n;
/** RSA of 8192 bits: a signature, or what was encrypted. */
const roomBytes = 1024;
const alreadyInitialized = 0x191;
const bufferTooSmall = 0x150;

/** What is not named may be anything. */
export interface Named {
  readonly id?: Uint8Array | undefined;
  readonly label?: string | undefined;
}

export interface Session {
  objects(kind: bigint, named: Named): readonly Handle[];
  /** Attributes of an object, in the order asked; what it does not have is missing. */
  read(object: Handle, types: readonly bigint[]): readonly (Buffer | undefined)[];
  /** Without a PIN, the reader or the module asks for it. */
  login(pin: Uint8Array | undefined): void;
  logout(): void;
  sign(by: Mechanism, key: Handle, data: Uint8Array): Uint8Array;
  /** RSA-OAEP, with the mask of the same hash. */
  decrypt(hash: OaepHash, key: Handle, data: Uint8Array): Uint8Array;
  close(): void;
}

export interface Pkcs11Module {
  slots(withToken: boolean): readonly Handle[];
  slotInfo(slot: Handle): { readonly description: string; readonly flags: bigint };
  tokenInfo(slot: Handle): TokenInfo;
  open(slot: Handle): Session;
  close(): void;
}

/** Loads and initializes; throws what the loader says when the file is no such module. */
export function openModule(path: string): Pkcs11Module {
  const layout = layoutOf(process.platform);
  const library = new DynamicLibrary(path);
  const ulong = layout.ulongBytes === 8 ? 'uint64' : 'uint32';
  const value = (of: bigint) => (layout.ulongBytes === 8 ? of : Number(of));
  const declare = (name: string, parameters: readonly ('pointer' | 'uint8' | 'uint32' | 'uint64')[]) => {
    const call = library.getFunction(name, { return: ulong, arguments: parameters });
    return (...given: readonly (bigint | number | Buffer | null)[]): void => {
      const code = Number(call(...given));
      if (code !== 0) throw new Pkcs11Error(name, code);
    };
  };
  // By name and not through C_GetFunctionList: `node:ffi` calls symbols, not addresses.
  const call = {
    initialize: declare('C_Initialize', ['pointer']),
    finalize: declare('C_Finalize', ['pointer']),
    getSlotList: declare('C_GetSlotList', ['uint8', 'pointer', 'pointer']),
    getSlotInfo: declare('C_GetSlotInfo', [ulong, 'pointer']),
    getTokenInfo: declare('C_GetTokenInfo', [ulong, 'pointer']),
    openSession: declare('C_OpenSession', [ulong, ulong, 'pointer', 'pointer', 'pointer']),
    closeSession: declare('C_CloseSession', [ulong]),
    login: declare('C_Login', [ulong, ulong, 'pointer', ulong]),
    logout: declare('C_Logout', [ulong]),
    findObjectsInit: declare('C_FindObjectsInit', [ulong, 'pointer', ulong]),
    findObjects: declare('C_FindObjects', [ulong, 'pointer', ulong, 'pointer']),
    findObjectsFinal: declare('C_FindObjectsFinal', [ulong]),
    getAttributeValue: declare('C_GetAttributeValue', [ulong, ulong, 'pointer', ulong]),
    signInit: declare('C_SignInit', [ulong, 'pointer', ulong]),
    sign: declare('C_Sign', [ulong, 'pointer', ulong, 'pointer', 'pointer']),
    decryptInit: declare('C_DecryptInit', [ulong, 'pointer', ulong]),
    decrypt: declare('C_Decrypt', [ulong, 'pointer', ulong, 'pointer', 'pointer']),
  };
  const templateOf = (attributes: readonly Attribute[]) => template(layout, attributes, getRawPointer);
  const handlesIn = (list: Buffer, count: number): readonly Handle[] =>
    Array.from({ length: count }, (_, index) => readUlong(layout, list, index * layout.ulongBytes));

  try {
    call.initialize(null);
  } catch (error) {
    if (!(error instanceof Pkcs11Error) || error.code !== alreadyInitialized) throw error;
  }
  return {
    slots(withToken) {
      const only = withToken ? 1 : 0;
      // Asking for the number first is also what makes a module look for new readers.
      for (let round = 0; ; round++) {
        const count = ulongBuffer(layout, 0n);
        call.getSlotList(only, null, count);
        const room = Number(readUlong(layout, count));
        if (room === 0) return [];
        const list = memory(room * layout.ulongBytes);
        try {
          call.getSlotList(only, list, count);
          return handlesIn(list, Number(readUlong(layout, count)));
        } catch (error) {
          // A reader was plugged in between the two calls.
          if (!(error instanceof Pkcs11Error) || error.code !== bufferTooSmall || round === 2) throw error;
        }
      }
    },
    slotInfo(slot) {
      const bytes = memory(layout.slotInfoBytes);
      call.getSlotInfo(value(slot), bytes);
      return readSlotInfo(layout, bytes);
    },
    tokenInfo(slot) {
      const bytes = memory(layout.tokenInfoBytes);
      call.getTokenInfo(value(slot), bytes);
      return readTokenInfo(layout, bytes);
    },
    open(slot) {
      const handle = memory(layout.ulongBytes);
      call.openSession(value(slot), value(serialSession), null, null, handle);
      return session(readUlong(layout, handle));
    },
    close() {
      call.finalize(null);
      library.close();
    },
  };

  function session(handle: Handle): Session {
    const self = value(handle);
    const transformed = (by: ReturnType<typeof declare>, data: Uint8Array): Uint8Array => {
      const room = memory(roomBytes);
      const length = ulongBuffer(layout, BigInt(roomBytes));
      const input = memory(data.byteLength);
      input.set(data);
      by(self, input, value(BigInt(data.byteLength)), room, length);
      return room.subarray(0, Number(readUlong(layout, length)));
    };
    return {
      objects(kind, { id, label }) {
        const wanted: Attribute[] = [{ type: attribute.class, value: ulongBuffer(layout, kind) }];
        if (id !== undefined) wanted.push({ type: attribute.id, value: id });
        if (label !== undefined) wanted.push({ type: attribute.label, value: Buffer.from(label, 'utf8') });
        const search = templateOf(wanted);
        call.findObjectsInit(self, search.bytes, value(BigInt(search.count)));
        const list = memory(Number(mostObjects) * layout.ulongBytes);
        const count = ulongBuffer(layout, 0n);
        try {
          call.findObjects(self, list, value(mostObjects), count);
        } finally {
          call.findObjectsFinal(self);
        }
        return handlesIn(list, Number(readUlong(layout, count)));
      },
      read(object, types) {
        return types.map(type => {
          try {
            const asked = templateOf([{ type, value: 0 }]);
            call.getAttributeValue(self, value(object), asked.bytes, value(1n));
            const room = templateOf([{ type, value: lengthAt(layout, asked.bytes, 0) ?? 0 }]);
            call.getAttributeValue(self, value(object), room.bytes, value(1n));
            return room.valueOf(0);
          } catch (error) {
            // CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID: not for us, or not there.
            if (error instanceof Pkcs11Error && (error.code === 0x11 || error.code === 0x12)) return undefined;
            throw error;
          }
        });
      },
      login(pin) {
        const at = pin === undefined ? null : Buffer.from(pin.buffer, pin.byteOffset, pin.byteLength);
        call.login(self, value(user), at, value(BigInt(pin?.byteLength ?? 0)));
      },
      logout: () => call.logout(self),
      sign(by, key, data) {
        call.signInit(self, mechanism(layout, mechanisms[by]), value(key));
        return transformed(call.sign, data);
      },
      decrypt(hash, key, data) {
        call.decryptInit(self, oaepMechanism(layout, hash, getRawPointer), value(key));
        return transformed(call.decrypt, data);
      },
      close: () => call.closeSession(self),
    };
  }
}
