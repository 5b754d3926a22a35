// Why an HSM did not wrap or open a key: one word for each cause, and what an admin should read and do.

import type { Withheld } from './strict-file.ts';

export type HsmFault =
  | 'uri'
  | 'module-missing'
  | 'module-unusable'
  | 'crashed'
  | 'silent'
  | 'token-missing'
  | 'token-ambiguous'
  | 'pin-unreadable'
  | 'pin-missing'
  | 'pin-wrong'
  | 'pin-blocked'
  | 'pin-last-try'
  | 'key-missing'
  | 'key-ambiguous'
  | 'key-unfit'
  | 'other-key'
  | 'not-opened'
  | 'failed';

const words: Readonly<Record<HsmFault, readonly [because: string, remedy: string]>> = {
  uri: ['the PKCS #11 URI is of no use', 'write pkcs11:token=NAME;object=KEY?module-path=/PATH&pin-source=file:/PATH'],
  'module-missing': ['there is no PKCS #11 module', 'install the software of the HSM, or correct module-path'],
  'module-unusable': [
    'the PKCS #11 module cannot be used',
    'check that module-path names the module of the HSM, and its settings',
  ],
  crashed: [
    'the PKCS #11 module broke down',
    'try it with "pkcs11-tool --module PATH --list-slots"; its maker has to mend it',
  ],
  silent: ['the HSM did not answer in 30 seconds', 'check that it runs and is reachable, then start again'],
  'token-missing': ['the HSM has no such token', 'connect it, or correct token= and serial= in the URI'],
  'token-ambiguous': ['several tokens fit the URI', 'add serial= to the URI'],
  'pin-unreadable': ['the PIN of the HSM cannot be read', 'put it there, readable for this user only'],
  'pin-missing': [
    'the token wants a PIN',
    'give it as the systemd credential sluis-pkcs11-pin, or in the file that pin-source names',
  ],
  'pin-wrong': ['the HSM refused the PIN', 'correct the PIN before you try again: wrong ones block the token'],
  'pin-blocked': ['the PIN of the token is blocked', 'have the security officer of the HSM set a new one'],
  'pin-last-try': [
    'one try is left before the PIN is blocked, and it was not used',
    'log in once by hand with the right PIN',
  ],
  'key-missing': ['the token has no such private key', 'correct object= and id= in the URI'],
  'key-ambiguous': ['several private keys fit the URI', 'add id= to the URI'],
  'key-unfit': ['the key cannot wrap master keys', 'name an RSA key of 2048 bits or more that may decrypt'],
  'other-key': ['another key of an HSM wrapped the master keys', 'name that key in the URI'],
  'not-opened': ['the HSM does not open a master key', 'put a copy of the file of master keys back'],
  failed: ['the HSM failed', 'look the return value up in the documentation of the HSM'],
};

/** `detail` is a path, a number or a return value; never anything of a PIN or a key. */
export function hsmFaultInWords(fault: HsmFault, detail?: string): Withheld {
  const [because, remedy] = words[fault];
  return { because: detail === undefined ? because : `${because} (${detail})`, remedy };
}
