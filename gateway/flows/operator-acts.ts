// The acts of operators, each with its flow: one that is forgotten here does not compile.

import type { OperatorActs } from '../contract/acts.ts';
import { type ActPorts, operatorAct } from './operator-act.ts';
import { nasMode, type NasModePorts } from './operator-nas-mode.ts';
import { type DeviceActPorts, deviceApprove, deviceRefuse } from './operator-device.ts';
import { policyGoOn, type PolicyGoOnPorts } from './operator-policy-go-on.ts';
import { policyRollback, type PolicyRollbackPorts } from './operator-policy-rollback.ts';
import { replayNames, type ReplayNamesPorts } from './operator-replay-names.ts';
import { reveal } from './operator-reveal.ts';
import { type EnrolPorts, secondFactorEnrol } from './operator-second-factor.ts';
import { trace, type TracePorts } from './operator-trace.ts';
import { type DisconnectPorts, sessionDisconnect } from './operator-session-disconnect.ts';

export function operatorActs(
  ports: ActPorts &
    DisconnectPorts &
    DeviceActPorts &
    EnrolPorts &
    ReplayNamesPorts &
    TracePorts &
    NasModePorts &
    PolicyGoOnPorts &
    PolicyRollbackPorts,
): OperatorActs {
  return {
    'session-disconnect': operatorAct(ports, sessionDisconnect),
    'device-approve': operatorAct(ports, deviceApprove),
    'device-refuse': operatorAct(ports, deviceRefuse),
    'second-factor-enrol': operatorAct(ports, secondFactorEnrol),
    reveal: operatorAct(ports, reveal),
    'replay-names': operatorAct(ports, replayNames),
    trace: operatorAct(ports, trace),
    'nas-mode': operatorAct(ports, nasMode),
    'policy-go-on': operatorAct(ports, policyGoOn),
    'policy-rollback': operatorAct(ports, policyRollback),
  };
}
