// The address of a proxy as it goes into a report: without the name and password that some settings carry.

export function proxyAddress(setting: string): string {
  return setting.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/@]*@/i, '$1').slice(0, 200);
}
