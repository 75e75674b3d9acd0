package dev.hyperfleet.bench;

import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.access.ApiKeys;
import dev.hyperfleet.core.access.PortLinks;
import dev.hyperfleet.core.activity.Automations;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.Quotas;
import dev.hyperfleet.core.control.Timeouts;
import dev.hyperfleet.core.control.WarmStarts;
import dev.hyperfleet.core.image.Image;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.request.RateLimit;
import dev.hyperfleet.proxy.ProxyServer;
import dev.hyperfleet.store.Database;
import dev.hyperfleet.store.DatabaseWriter;
import dev.hyperfleet.store.SqliteApiKeyStore;
import dev.hyperfleet.store.SqliteEvents;
import dev.hyperfleet.store.SqliteIdempotencyStore;
import dev.hyperfleet.store.SqliteMachineStore;
import dev.hyperfleet.store.SqliteSnapshotStore;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/**
 * The proxy in a separate process, with everything of the product but the machine: its "machine" is a server on this
 * host's loopback, reached as a machine with a TAP is. An emulated guest would hide the proxy's cost.
 */
final class BareProxy {
    private static final int PORTS = 65535;

    private BareProxy() {}

    /** Takes a folder and the upstream's port, prints the proxy's port, and runs until it is killed. */
    public static void main(String[] arguments) throws InterruptedException {
        Path folder = Path.of(arguments[0]);
        int upstream = Integer.parseInt(arguments[1]);
        Clock clock = Clock.systemUTC();
        SecureRandom random = new SecureRandom();
        Database database = Database.open(folder.resolve("proxy.db"));
        FakeHost host = new FakeHost();
        Machines.Ports ports = new Machines.Ports(
                machineStore(database, clock),
                new SqliteSnapshotStore(database, new DatabaseWriter(database)),
                host,
                id -> {
                    throw new IllegalStateException("there is no agent");
                },
                event -> {},
                Quotas.unlimited(),
                clock,
                MonotonicClock.SYSTEM,
                random,
                Executors.newVirtualThreadPerTaskExecutor(),
                (time, action) -> {});
        Machines machines =
                new Machines(ports, new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)), WarmStarts.NONE);
        Automations automations = Automations.of(machines, ports);
        Image image = new Image(Optional.empty(), Path.of("/none"), "", Optional.empty(), Path.of("/none"), 0);
        Machine machine = machines.create(new MachineSpec(
                "bench", 1, 256, List.of(upstream), List.of(upstream), Automation.NONE, true, image, List.of()));
        machines.start(machine.id());
        ProxyServer proxy = ProxyServer.start(
                new ProxyServer.Services(
                        machines,
                        new MachinePorts(
                                machines, automations, Duration.ofSeconds(1), PORTS, clock, MonotonicClock.SYSTEM),
                        new ApiKeys(new SqliteApiKeyStore(database, MonotonicClock.SYSTEM), clock, random),
                        new PortLinks(new byte[32], clock),
                        new PrometheusRegistry(),
                        new RateLimit(0, MonotonicClock.SYSTEM),
                        clock),
                new ProxyServer.Options(
                        "127.0.0.1",
                        0,
                        "proxy",
                        ".localhost",
                        Optional.empty(),
                        false,
                        address -> false,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(60),
                        PORTS));
        System.out.println(proxy.port());
        new CountDownLatch(1).await();
    }

    private static SqliteMachineStore machineStore(Database database, Clock clock) {
        DatabaseWriter writer = new DatabaseWriter(database);
        return new SqliteMachineStore(
                database,
                writer,
                new SqliteEvents(database),
                new SqliteIdempotencyStore(database, writer, clock),
                clock);
    }
}
