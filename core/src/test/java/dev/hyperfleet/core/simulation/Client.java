package dev.hyperfleet.core.simulation;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.activity.Activity;
import dev.hyperfleet.core.activity.MachinePorts;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.control.MachinePage;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.Snapshots;
import dev.hyperfleet.core.guest.PortConnection;
import dev.hyperfleet.core.machine.HealthCheck;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.simulation.Step.Habit;
import dev.hyperfleet.core.simulation.Step.Request;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Sends one request to a server, and checks the response. On a thread of the server's process. */
final class Client implements Runnable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration VISIT = Duration.ofSeconds(2);

    /** The extra time for slow effects. */
    private static final Duration SLOWEST = Duration.ofMinutes(2);

    private final int number;
    private final Request request;
    private final World world;
    private final Server server;
    private final Machines machines;

    Client(int number, Request request, World world, Server server) {
        this.number = number;
        this.request = request;
        this.world = world;
        this.server = server;
        this.machines = server.machines;
    }

    @Override
    public void run() {
        server.unanswered.put(number, request);
        long begin = world.scheduler().nanoTime();
        try {
            world.trace().note("answer %d: %s".formatted(number, ask()));
        } catch (HyperfleetException refusal) {
            world.trace().note("answer %d: %s".formatted(number, refusal));
            judge(refusal, Duration.ofNanos(world.scheduler().nanoTime() - begin));
        } finally {
            server.unanswered.remove(number);
        }
        Duration took = Duration.ofNanos(world.scheduler().nanoTime() - begin);
        require(took.compareTo(SLOWEST) < 0, "every answer comes in time", took);
    }

    private void judge(HyperfleetException refusal, Duration took) {
        require(!Server.isOurFault(refusal), "no error is ours", refusal);
        String message = String.valueOf(refusal.getMessage());
        if (request instanceof Step.Order && message.contains("has not answered within")) {
            require(took.compareTo(Server.TIMEOUTS.start()) >= 0, "a guest has its time to start", took);
        } else if (message.startsWith("Timed out waiting for machine")) {
            Duration patience = request instanceof Step.Visit ? Server.WAKE_TIMEOUT : PATIENCE;
            require(took.compareTo(patience) >= 0, "a wait lasts as long as requested", took);
        }
    }

    private Object ask() {
        return switch (request) {
            case Step.Create(String name, Habit habit) -> create(name, habit);
            case Step.Order(var command, String name) -> {
                MachineId id = find(name);
                yield switch (command) {
                    case START -> requireStatus(machines.start(id), MachineStatus.RUNNING);
                    case STOP -> requireStatus(machines.stop(id), MachineStatus.STOPPED);
                    case RESTART -> requireStatus(machines.restart(id), MachineStatus.RUNNING);
                    case PAUSE -> requireStatus(machines.pause(id), MachineStatus.PAUSED);
                    case RESUME -> requireStatus(machines.resume(id), MachineStatus.RUNNING);
                    case SUSPEND -> requireStatus(machines.suspend(id), MachineStatus.SUSPENDED);
                    case ROLLBACK -> requireStatus(saveAndRollBack(id), MachineStatus.RUNNING);
                    case DELETE -> delete(id);
                };
            }
            case Step.Configure(String name, Habit habit) -> configure(find(name), habit);
            case Step.Await(String name, MachineStatus target) ->
                requireStatus(machines.await(find(name), EnumSet.of(target), PATIENCE), target);
            case Step.ListAll _ -> list();
            case Step.Visit(String name) -> visit(find(name));
        };
    }

    private MachineId find(String name) {
        boolean mayBeUnknown = world.ledger().mayBeUnknown(name);
        try {
            return machines.find(name).id();
        } catch (HyperfleetException unknown) {
            require(mayBeUnknown, "no machine is lost", name);
            throw unknown;
        }
    }

    private MachineSpec spec(String name, Habit habit) {
        int kind = Math.floorMod(name.hashCode(), 3); // two images whose machines start warm, and one without
        MachineSpec spec = kind == 0 ? Specs.named(name) : Specs.warm(name, kind);
        return spec.with(List.of(FakeHost.SERVICE_PORT), List.of(), habit.automation(world.now()));
    }

    private Object create(String name, Habit habit) {
        Machine machine = machines.create(spec(name, habit));
        world.ledger().created(machine);
        if (habit == Habit.IS_DELETED) {
            world.ledger().mayBeGone(machine.id());
        }
        return requireStatus(machine, MachineStatus.PENDING);
    }

    private Object configure(MachineId id, Habit habit) {
        if (habit == Habit.IS_DELETED) {
            world.ledger().mayBeGone(id);
        }
        return machines.configure(id, spec -> spec(spec.name(), habit)).spec().name();
    }

    private Machine saveAndRollBack(MachineId id) {
        String snapshot = "s" + number;
        boolean memory = machines.get(id).status().hasVmm();
        server.saving.add(id);
        try {
            var _ = machines.snapshots().create(id, new Snapshots.Request(snapshot, memory, Map.of()));
        } finally {
            server.saving.remove(id);
        }
        return machines.snapshots().rollback(id, snapshot, _ -> true);
    }

    private Object delete(MachineId id) {
        world.ledger().mayBeGone(id);
        machines.delete(id);
        world.ledger().gone(id);
        return "deleted";
    }

    private Object list() {
        MachinePage page = machines.list(Set.of(), Integer.MAX_VALUE, 0);
        Set<String> names = new HashSet<>();
        for (Machine machine : page.machines()) {
            require(names.add(machine.spec().name()), "no machine is listed twice", machine.id());
        }
        return names.size();
    }

    private Object visit(MachineId id) {
        try (MachinePorts.Visit visit = server.ports.visit(id, FakeHost.SERVICE_PORT, Activity.REQUESTS)) {
            server.visited.add(id);
            try (PortConnection _ = visit.connect()) {
                requireOpenGate(visit.machine());
                server.process.sleep(VISIT);
            } finally {
                server.visited.remove(id);
            }
            return requireStatus(visit.machine(), MachineStatus.RUNNING);
        }
    }

    /** For a machine that nothing has changed meanwhile, including its checks. */
    private void requireOpenGate(Machine machine) {
        boolean gated = machine.spec().automation().checks().stream().anyMatch(HealthCheck::gate);
        if (gated && machines.peek(machine.id()).filter(machine::equals).isPresent()) {
            boolean healthy = world.host()
                    .vmm(machine.id())
                    .filter(vmm -> vmm.listens(FakeHost.HEALTH_PORT))
                    .isPresent();
            require(healthy, "a gate is open for a machine that is healthy", machine);
        }
    }

    private Object requireStatus(Machine machine, MachineStatus status) {
        require(machine.status() == status, "an answer says what was asked for", machine.status());
        return status;
    }

    private void require(boolean kept, String promise, Object about) {
        world.trace().require(kept, promise, request + " " + about);
    }
}
