// The acts of operators, each with its flow: one that is forgotten here does not compile.

import type { OperatorActs } from '../contract/acts.ts';
import { type ActPorts, operatorAct } from './operator-act.ts';
import { type DeviceActPorts, deviceApprove, deviceRefuse } from './operator-device.ts';
import { reveal, type RevealPorts } from './operator-reveal.ts';
import { type EnrolPorts, secondFactorEnrol } from './operator-second-factor.ts';
import { type DisconnectPorts, sessionDisconnect } from './operator-session-disconnect.ts';

export function operatorActs(
  ports: ActPorts & DisconnectPorts & DeviceActPorts & EnrolPorts & RevealPorts,
): OperatorActs {
  return {
    'session-disconnect': operatorAct(ports, sessionDisconnect),
    'device-approve': operatorAct(ports, deviceApprove),
    'device-refuse': operatorAct(ports, deviceRefuse),
    'second-factor-enrol': operatorAct(ports, secondFactorEnrol),
    reveal: operatorAct(ports, reveal),
  };
}
