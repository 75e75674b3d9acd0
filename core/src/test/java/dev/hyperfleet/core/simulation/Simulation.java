package dev.hyperfleet.core.simulation;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.Specs;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * A host, and servers that start and end on it, in simulated time. The events are a list of steps; the order of threads
 * and the durations follow from the seed. For one thread.
 */
final class Simulation {
    private static final Duration LONGEST_DOWN = Duration.ofSeconds(10);
    private static final Duration UNTIL_REST = Duration.ofDays(1);

    private final SplittableRandom random;
    private final Scheduler scheduler;
    private final World world;
    private final Promises promises;
    private final boolean hasPool;
    private Server server;
    private Duration down = LONGEST_DOWN;
    private int requests;

    /**
     * The result of a simulation.
     *
     * @param broken the first promise that was broken
     */
    record Outcome(List<String> trace, Optional<String> broken) {}

    static Outcome run(long seed, List<Step> steps) {
        Simulation simulation = new Simulation(seed);
        Trace trace = simulation.world.trace();
        try {
            simulation.runAll(steps);
        } catch (Violation violation) {
            if (trace.broken().isEmpty()) {
                trace.breach(String.valueOf(violation.getMessage()));
            }
        }
        return new Outcome(List.copyOf(trace.lines()), trace.broken());
    }

    private Simulation(long seed) {
        random = new SplittableRandom(seed);
        scheduler = new Scheduler(random.split());
        SplittableRandom guests = random.split();
        hasPool = random.nextInt(4) == 0;
        FakeHost host = new FakeHost(action -> scheduler.after(Duration.ofMillis(guests.nextInt(50, 3_000)), action));
        Trace trace = new Trace(scheduler);
        world = new World(
                scheduler, host, new Trouble(random.split()), trace, new Ledger(host, trace), this::replaceServer);
        promises = new Promises(world);
        server = new Server(world, random.nextLong(), hasPool);
    }

    private void runAll(List<Step> steps) {
        server.start();
        for (Step step : steps) {
            pass(step.after());
            world.trace().note(step.action().toString());
            begin(step.action());
        }
        pass(Duration.ofSeconds(1));
        world.trouble().end();
        comeToRest();
        crash();
        comeToRest();
        deleteAll();
    }

    private void pass(Duration length) {
        scheduler.run(length, () -> {
            if (server.isOpen()) {
                promises.hold(server);
            }
            requireNothingBroken();
        });
    }

    private void requireNothingBroken() {
        world.trace().broken().ifPresent(promise -> {
            throw new Violation(promise);
        });
    }

    private void comeToRest() {
        pass(UNTIL_REST);
        promises.holdAtRest(server);
        requireNothingBroken();
    }

    private void begin(Step.Action action) {
        Trouble trouble = world.trouble();
        FakeHost host = world.host();
        switch (action) {
            case Step.Request request -> ask(request);
            case Step.Crash(int points, Duration length) -> {
                down = length;
                trouble.crashAfter(points);
            }
            case Step.Close(Duration length) -> {
                down = length;
                if (server.isOpen()) {
                    server.close();
                }
            }
            case Step.FillDisk(int writes) -> trouble.fillDisk(writes);
            case Step.TearWrite _ -> trouble.tearWrite();
            case Step.FailEffect _ -> trouble.failEffect();
            case Step.LoseAnswer _ -> trouble.loseAnswer();
            case Step.Delay(Duration length) -> trouble.delay(length);
            case Step.EndGuest(String name, Step.Death death) ->
                named(name).flatMap(host::vmm).ifPresent(vmm -> vmm.end(death.exit()));
            case Step.Guests(FakeHost.GuestBehaviour behaviour) -> host.behaviour = behaviour;
            case Step.JumpClock(Duration distance) -> scheduler.jump(distance);
            case Step.ReusePid(String name) -> {
                if (!server.process.isAlive()) {
                    named(name).filter(id -> host.vmm(id).isPresent()).ifPresent(this::reusePid);
                }
            }
        }
    }

    private Optional<MachineId> named(String name) {
        return world.host().stored.values().stream()
                .filter(machine -> machine.spec().name().equals(name))
                .map(Machine::id)
                .findFirst();
    }

    private void reusePid(MachineId id) {
        FakeHost.FakeVmm vmm = world.host().vmm(id).orElseThrow();
        vmm.end(FakeHost.KILLED);
        long pid = vmm.identity.pid();
        FakeHost.FakeVmm stranger = world.host().startVmm(id);
        while (stranger.identity.pid() != pid) {
            stranger.end(FakeHost.KILLED);
            stranger = world.host().startVmm(id);
        }
    }

    private void ask(Step.Request request) {
        int number = ++requests;
        if (server.isOpen()) {
            server.process.execute(new Client(number, request, world, server));
        } else {
            world.trace().note("no server answers");
        }
    }

    private void crash() {
        world.trace().note("killed");
        server.process.kill();
        replaceServer();
    }

    /** The server has died; another one starts later. */
    private void replaceServer() {
        world.trace().note("server has died");
        world.trouble().settleTornWrite();
        scheduler.after(down, () -> {
            world.trace().note("server starts");
            server = new Server(world, random.nextLong(), hasPool);
            server.start();
        });
    }

    /** Every machine can still be stopped and deleted, and leaves nothing; all resources are free then. */
    private void deleteAll() {
        server.process.execute(() -> {
            try {
                for (Machine machine : server.all()) {
                    if (machine.status().hasVmm()) {
                        var _ = server.machines.stop(machine.id());
                    }
                    server.machines.delete(machine.id());
                }
                world.trace().require(world.host().stored.isEmpty(), "all is deleted", world.host().stored);
                world.trace()
                        .require(
                                world.host().withTraces().size() <= Server.POOL_SIZE,
                                "nothing is left of a deleted machine",
                                world.host().withTraces());
                for (int number = 0; number < Server.CAPACITY; number++) {
                    var _ = server.machines.create(Specs.named("m" + number));
                }
                world.trace().note("all is well");
            } catch (HyperfleetException failure) {
                world.trace().breach("machines can be used: " + failure);
            }
        });
        pass(UNTIL_REST);
        boolean well = world.trace().lines().stream().anyMatch(line -> line.endsWith("all is well"));
        world.trace().require(well, "machines can be used", "no answer");
        requireNothingBroken();
    }
}
