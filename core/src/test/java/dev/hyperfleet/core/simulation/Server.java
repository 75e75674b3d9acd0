package dev.hyperfleet.core.simulation;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.activity.Automations;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.control.Effect;
import dev.hyperfleet.core.control.FakePorts;
import dev.hyperfleet.core.control.Fate;
import dev.hyperfleet.core.control.MachineEvent;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.Quotas;
import dev.hyperfleet.core.control.Timeouts;
import dev.hyperfleet.core.control.WarmStarts;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.request.RequestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** One server on the simulated host, from its start until it is killed or closes. */
final class Server {
    private static final long MAX_BOOT_BYTES = 100;

    static final Timeouts TIMEOUTS = new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(5));
    static final Duration WAKE_TIMEOUT = Duration.ofSeconds(20);
    static final int CAPACITY = 4;
    private static final int MAX_VISITS = 100;

    static final int POOL_SIZE = 1;
    private static final List<WarmStarts.Share> POOL =
            List.of(new WarmStarts.Share(Specs.warm("waiting", 1), POOL_SIZE));

    final ServerProcess process;
    final Machines machines;
    final Automations automations;
    final Quotas quotas = Quotas.unlimited();
    final MachinePorts ports;

    /** Unanswered requests of clients, by number. */
    final Map<Integer, Step.Request> unanswered = new TreeMap<>();

    /** Machines with a reported failure, which is tolerated until the next start. */
    final Set<MachineId> unstored = new HashSet<>();

    final Set<MachineId> uncleaned = new HashSet<>();
    final Set<MachineId> disobeyed = new HashSet<>();

    /** Machines whose VMM an earlier server may have halted, until this one has asked it. */
    final Set<MachineId> unaligned = new HashSet<>();

    /** Running machines that may be halted while they are saved. */
    final Set<MachineId> saving = new HashSet<>();

    /** Visited machines, once for each visit. */
    final List<MachineId> visited = new ArrayList<>();

    private final Set<MachineId> written = new HashSet<>();
    private final Set<MachineId> touched = new HashSet<>();
    private final World world;
    private boolean open;

    Server(World world, long seed, boolean hasPool) {
        this.world = world;
        this.process = new ServerProcess(world.scheduler(), this::uncaught);
        Fate trouble = world.trouble().of(process, world.serverDied());
        Machines.Ports surroundings = new FakePorts(
                        world.host(),
                        (effect, id, action) -> perform(trouble, effect, id, action),
                        process::isAlive,
                        this::hear,
                        quotas,
                        CAPACITY,
                        world.scheduler().clock(),
                        process,
                        new SplittableRandom(seed),
                        process,
                        process)
                .ports();
        this.machines =
                new Machines(surroundings, TIMEOUTS, new WarmStarts(MAX_BOOT_BYTES, hasPool ? POOL : List.of()));
        this.automations = Automations.of(machines, surroundings);
        this.ports = new MachinePorts(
                machines,
                automations,
                WAKE_TIMEOUT,
                MAX_VISITS,
                world.scheduler().clock(),
                process);
    }

    /** Recovers, and then accepts requests. */
    void start() {
        process.execute(() -> {
            machines.recover();
            automations.resume();
            open = true;
            world.trace().note("server answers");
        });
    }

    boolean isOpen() {
        return open && process.isAlive();
    }

    /** Accepts no more requests. */
    void close() {
        open = false;
        process.execute(() -> {
            machines.endWaits();
            machines.close();
            process.kill();
            world.serverDied().run();
        });
    }

    /** Whether an operation on a machine is in progress. */
    boolean isWorkingOn(MachineId id) {
        return written.contains(id) || touched.contains(id);
    }

    List<Machine> all() {
        return machines.list(Set.of(), Integer.MAX_VALUE, 0).machines();
    }

    private void perform(Fate trouble, Effect effect, MachineId id, Runnable action) {
        Set<MachineId> busy = effect.isWrite() ? written : touched;
        boolean alone = effect.disturbsNothing() || busy.add(id);
        world.trace().require(alone, "one thing at a time is done to a machine", effect);
        try {
            trouble.befall(effect, id, () -> {
                Optional<Machine> before = stored(id);
                action.run();
                if (effect == Effect.RENEW) {
                    unaligned.remove(id);
                }
                world.trace().note(effect + " " + id);
                if (effect.storesMachine()) {
                    world.ledger().committed(before, stored(id), unstored.remove(id));
                }
            });
        } finally {
            if (!effect.disturbsNothing()) {
                busy.remove(id);
            }
        }
    }

    private Optional<Machine> stored(MachineId id) {
        return Optional.ofNullable(world.host().stored.get(id));
    }

    private void hear(MachineEvent event) {
        switch (event) {
            case MachineEvent.StoreFailed(MachineId id, Exception _) -> unstored.add(id);
            case MachineEvent.CleanupFailed(MachineId id, Exception _) -> uncleaned.add(id);
            case MachineEvent.ClockNotSet(MachineId id, Exception _) ->
                world.trace().note("the clock of %s is not set".formatted(id));
            case MachineEvent.AutomationFailed(MachineId id, Exception cause) -> {
                disobeyed.add(id);
                world.trace().require(!isOurFault(cause), "no error is ours", cause);
            }
            case MachineEvent.Changed(Machine before, Machine after) -> {
                world.trace().note("%s %s to %s".formatted(after.id(), before.status(), after.status()));
                boolean fallsAsleep = RequestContext.current().cause().actor().equals(Optional.of("autostop"));
                world.trace()
                        .require(
                                !fallsAsleep || !visited.contains(after.id()),
                                "a machine that is visited does not fall asleep",
                                after);
                if (after.status() != before.status()) {
                    unaligned.remove(after.id());
                    disobeyed.remove(after.id());
                }
            }
            case MachineEvent.Recovered _ -> {
                unaligned.add(event.id());
                world.trace().note("Recovered " + event.id());
            }
            case MachineEvent.Created _, MachineEvent.Deleted _, MachineEvent.Running _, MachineEvent.BootRepeated _ ->
                world.trace().note(event.getClass().getSimpleName() + " " + event.id());
        }
    }

    private void uncaught(Throwable thrown) {
        world.trace().note("uncaught: " + thrown);
        world.trace().require(!isOurFault(thrown), "no error is ours", thrown);
    }

    static boolean isOurFault(Throwable thrown) {
        return !(thrown instanceof HyperfleetException known) || known.code() == ErrorCode.INTERNAL_ERROR;
    }
}
