package dev.hyperfleet.server;

import dev.hyperfleet.core.activity.Automations;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.control.Archives;
import dev.hyperfleet.core.control.Forks;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.Quotas;
import dev.hyperfleet.core.control.RecoveryReport;
import dev.hyperfleet.core.control.WarmStarts;
import dev.hyperfleet.core.machine.MachineDefaults;
import dev.hyperfleet.host.probe.HostMemory;

/**
 * Machines, and their automatic actions.
 *
 * @param recovery the recovery report of the server's start
 * @param ports access to machines' ports
 */
record ControlModule(
        Machines machines,
        Forks forks,
        Archives archives,
        Automations automations,
        Quotas quotas,
        RecoveryReport recovery,
        MachinePorts ports) {
    /** Takes charge of stored machines and running VMMs. */
    static ControlModule start(
            Foundation base, StoreModule store, HostModule host, AccessModule access, MachineDefaults defaults) {
        Settings settings = base.settings();
        base.closings().add("executor", base.executor()::shutdown);
        TimedAlarm alarm = new TimedAlarm(base.clock(), base.executor());
        base.closings().add("alarm", alarm::close);
        Quotas quotas = new Quotas(settings.quota(), access.keys()::quota);
        Machines.Ports around = new Machines.Ports(
                store.machines(),
                store.snapshots(),
                host.host(),
                host.guests(),
                new EventLog(base.metrics()),
                quotas,
                base.clock(),
                base.time(),
                base.random(),
                base.executor(),
                alarm);
        WarmStarts warmStarts = new WarmStarts(
                settings.maxBootBytes(),
                settings.pool().stream().map(share -> share.of(defaults)).toList());
        Machines machines = new Machines(around, settings.timeouts(), warmStarts);
        base.closings().add("machines", machines::close);
        Automations automations = Automations.of(machines, around);
        RecoveryReport recovery = machines.recover();
        automations.resume();
        MachinePorts ports = new MachinePorts(
                machines,
                automations,
                settings.timeouts().start(),
                settings.proxy().maxMachineConnections(),
                base.clock(),
                base.time());
        return new ControlModule(
                machines,
                new Forks(machines, around),
                new Archives(machines, around, defaults, HostMemory.totalMib()),
                automations,
                quotas,
                recovery,
                ports);
    }
}
