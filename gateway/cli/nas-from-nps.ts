// The RADIUS clients of a Network Policy Server → concentrators: from the XML of `netsh nps export … exportPSK=YES` or
// Export-NpsConfiguration, which are the same. Policies, server groups and accounting are not looked at.

import { readXml, type XmlElement } from '../documents/plain-xml.ts';
import {
  carriedAddress,
  type CarriedNas,
  type CarriedResult,
  nasNameFrom,
  type Remark,
  secretFault,
} from './nas-carried.ts';

/** Where the service keeps what, below the root: each step is a child. */
const clientsPath =
  'Children/Microsoft_Internet_Authentication_Service/Children/Protocols/Children/Microsoft_Radius_Protocol/Children/Clients';
const noTemplate = /^\{?0{8}-0{4}-0{4}-0{4}-0{12}\}?$/;

export function nasFromNps(text: string, file: string): CarriedResult {
  const read = readXml(text, file);
  if ('problems' in read) return read;
  const clients = clientsPath
    .split('/')
    .reduce<XmlElement | undefined>((element, name) => element && child(element, name), read.root);
  if (clients === undefined) {
    const remedy = 'export it with: netsh nps export filename="nps.xml" exportPSK=YES';
    return { problems: [{ file, line: 1, message: 'has no list of RADIUS clients', remedy }] };
  }
  const templates = secretTemplates(read.root, clients);
  const nas: CarriedNas[] = [];
  const left: Remark[] = [];
  for (const element of child(clients, 'Children')?.children ?? []) {
    const found = nasOf(element, templates, left);
    if (found !== undefined) nas.push(found);
  }
  return { nas, left };
}

function nasOf(element: XmlElement, templates: ReadonlyMap<string, string>, left: Remark[]): CarriedNas | undefined {
  const differs: Remark[] = [];
  const { line } = element;
  const said = element.attributes.get('name') ?? element.name;
  const about = `client ${said}`;
  const leave = (because: string): undefined => {
    left.push({ line, about, text: because });
  };
  const differ = (text: string): void => void differs.push({ line, about, text });
  const value = (name: string): string | undefined => property(element, name);
  if (value('Radius_Client_Enabled') === '0') return leave('it is disabled in NPS');
  const name = nasNameFrom(said);
  if (name === undefined) return leave('it has no name');
  const address = carriedAddress(value('IP_Address') ?? '');
  if ('because' in address) return leave(address.because);
  const guid = value('Client_Secret_Template_Guid') ?? '';
  const template = templates.get(guid.toUpperCase());
  const own = value('Shared_Secret');
  if (own !== undefined && template !== undefined && own !== template) {
    return leave('its secret and that of its template differ: apply the template in NPS, then export again');
  }
  const secret = own ?? template;
  if (secret === undefined) {
    const hidden = guid === '' || noTemplate.test(guid) ? '' : ', nor has its template';
    return leave(`it has no secret in this export${hidden}: export with exportPSK=YES`);
  }
  const fault = secretFault(secret);
  if (fault !== undefined) return leave(fault);
  if (name !== said) differ(`is called ${name} here`);
  if (/[^\x20-\x7e]/.test(secret)) {
    differ('its secret has letters outside ASCII, here in UTF-8: try it with sluis radius probe before you switch');
  }
  if (value('Require_Signature') !== '1') {
    differ(
      'NPS did not demand a Message-Authenticator; here every Access-Request must have one: where the concentrator sends none it gets no answer, so update it, or set require-message-authenticator: no',
    );
  }
  const vendor = value('NAS_Manufacturer');
  if (vendor !== undefined && vendor !== '0') {
    differ(
      `vendor ${vendor}: profiles take its place, and this one gets generic; attributes of the vendor are not sent`,
    );
  }
  if (value('Quarantine_Compatible') === '1') differ('NAP is gone: what may do what stands in the policies');
  return { name, address: address.address, secret, requireMessageAuthenticator: true, line, differs };
}

/** By the id in capitals. The place of templates in the file is nobody's promise: a template is what has an id and a secret. */
function secretTemplates(root: XmlElement, clients: XmlElement): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const waiting: XmlElement[] = [root];
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    if (element === clients) continue;
    waiting.push(...element.children);
    const guid = property(element, 'Template_Guid');
    const secret = property(element, 'Shared_Secret');
    if (guid !== undefined && secret !== undefined && !noTemplate.test(guid)) found.set(guid.toUpperCase(), secret);
  }
  return found;
}

function property(element: XmlElement, name: string): string | undefined {
  const properties = child(element, 'Properties');
  const text = properties === undefined ? undefined : child(properties, name)?.text;
  return text === '' ? undefined : text;
}

function child({ children }: XmlElement, name: string): XmlElement | undefined {
  return children.find(each => each.name === name);
}
