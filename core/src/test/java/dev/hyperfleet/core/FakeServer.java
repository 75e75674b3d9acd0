package dev.hyperfleet.core;

import dev.hyperfleet.core.FakeHost.FakeVmm;
import dev.hyperfleet.core.FakeHost.GuestBehaviour;
import dev.hyperfleet.core.guest.BusyWatch;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.GuestFiles;
import dev.hyperfleet.core.guest.GuestMetrics;
import dev.hyperfleet.core.guest.GuestPorts;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.PortConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;

/**
 * One life of a server on a {@link FakeHost}: all of its ports. It can be told to crash at its n-th step,
 * where every effect on the host and every write has a step before and one after it. Once crashed it does
 * nothing any more.
 */
final class FakeServer {
    static final int CAPACITY = 40;
    static final Timeouts TIMEOUTS = new Timeouts(Duration.ofMillis(200), Duration.ofMillis(200));

    final FakeHost host;
    final Machines machines;
    final List<MachineEvent> events = new ArrayList<>();

    /** Holds guests' readiness back while it has no permits. */
    final Semaphore readiness = new Semaphore(Integer.MAX_VALUE / 2);

    /** What is to be done later. */
    final List<Runnable> alarms = Collections.synchronizedList(new ArrayList<>());

    /** Opens when a guest is first asked whether it is ready. */
    final CountDownLatch guestAsked = new CountDownLatch(1);

    /** Thrown by the next writes to the store, while set. */
    Optional<HyperfleetException> storeFailure = Optional.empty();

    /** Thrown by the next launches, while set. */
    Optional<HyperfleetException> launchFailure = Optional.empty();

    private int writesLeft = Integer.MAX_VALUE;
    private Optional<HyperfleetException> laterStoreFailure = Optional.empty();
    private final int crashAt;
    private int steps;
    private boolean crashed;

    static FakeServer on(FakeHost host) {
        return crashingAt(Integer.MAX_VALUE, host, Runnable::run);
    }

    static FakeServer on(FakeHost host, Executor executor) {
        return crashingAt(Integer.MAX_VALUE, host, executor);
    }

    static FakeServer crashingAt(int step, FakeHost host, Executor executor) {
        return new FakeServer(step, host, executor);
    }

    private FakeServer(int crashAt, FakeHost host, Executor executor) {
        this.crashAt = crashAt;
        this.host = host;
        this.machines = new Machines(
                new Machines.Ports(
                        new Store(),
                        new OneHypervisor(),
                        new Processes(),
                        new FakeNetwork(),
                        new Disks(),
                        FakeGuest::new,
                        this::note,
                        Clock.systemUTC(),
                        RandomGenerator.of("L64X128MixRandom"),
                        executor,
                        (time, action) -> alarms.add(action)),
                TIMEOUTS);
    }

    /** Lets some more writes pass, then fails all. */
    void failAfterWrites(int writes, HyperfleetException failure) {
        writesLeft = writes;
        laterStoreFailure = Optional.of(failure);
    }

    int steps() {
        return steps;
    }

    boolean crashed() {
        return crashed;
    }

    private synchronized void note(MachineEvent event) {
        events.add(event);
    }

    private synchronized void step() {
        if (crashed || ++steps == crashAt) {
            crashed = true;
            throw new SimulatedCrash();
        }
    }

    private void effect(Runnable effect) {
        step();
        effect.run();
        step();
    }

    private final class Store implements MachineStore {
        @Override
        public List<Machine> load() {
            return List.copyOf(host.stored.values());
        }

        @Override
        public void insert(Machine machine) {
            write(() -> host.stored.put(machine.id(), machine));
        }

        @Override
        public void update(Machine machine) {
            write(() -> host.stored.put(machine.id(), machine));
        }

        @Override
        public void configure(Machine machine) {
            write(() -> host.stored.put(machine.id(), machine));
        }

        @Override
        public void delete(MachineId id) {
            write(() -> host.stored.remove(id));
        }

        private void write(Runnable write) {
            if (writesLeft-- == 0) {
                storeFailure = laterStoreFailure;
            }
            storeFailure.ifPresent(failure -> {
                throw failure;
            });
            effect(write);
        }
    }

    private static final class FakeNetwork implements MachineNetwork {
        @Override
        public NetworkPlan plan(MachineId id, int slot) {
            return new NetworkPlan(
                    new NetworkAttachment(
                            "172.16.0.2", "AA:FC:00:00:00:01", true, Optional.empty(), Optional.of("10.0.0." + slot)),
                    "172.16.0.1",
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    Optional.empty());
        }

        @Override
        public Optional<PortConnection> connect(NetworkAttachment attachment, int port, Duration timeout) {
            return Optional.empty();
        }

        @Override
        public int capacity() {
            return CAPACITY;
        }
    }

    private final class OneHypervisor implements Hypervisor {
        @Override
        public Description describe() {
            return new Description("fake", "none", "for tests");
        }

        @Override
        public Launch launch(Machine machine, NetworkPlan network) {
            return new Launch(
                    List.of(machine.id().value()),
                    List.of(),
                    network,
                    new Launch.Limits(0, 0, Optional.empty()),
                    Optional.empty(),
                    Optional.empty(),
                    List.of());
        }

        @Override
        public void boot(Machine machine, NetworkPlan network) {
            effect(() -> Optional.ofNullable(host.running.get(machine.id())).ifPresent(vmm -> vmm.booted = true));
        }

        @Override
        public void pause(MachineId id) {
            effect(() -> Optional.ofNullable(host.running.get(id)).ifPresent(vmm -> vmm.paused = true));
        }

        @Override
        public void resume(MachineId id) {
            effect(() -> Optional.ofNullable(host.running.get(id)).ifPresent(vmm -> vmm.paused = false));
        }

        @Override
        public boolean pressPowerButton(MachineId id) {
            FakeVmm vmm = host.running.get(id);
            if (vmm == null || vmm.guest != GuestBehaviour.HAS_A_POWER_BUTTON_ALONE) {
                return false;
            }
            effect(() -> vmm.end(FakeHost.POWERED_OFF));
            return true;
        }
    }

    private final class Processes implements Supervisor {
        @Override
        public SupervisedVmm launch(MachineId id, Launch launch) {
            launchFailure.ifPresent(failure -> {
                throw failure;
            });
            effect(() -> host.startVmm(id));
            return new Handle(java.util.Objects.requireNonNull(host.running.get(id)));
        }

        @Override
        public Map<MachineId, SupervisedVmm> adopt() {
            Map<MachineId, SupervisedVmm> found = new HashMap<>();
            host.running.forEach((id, vmm) -> found.put(id, new Handle(vmm)));
            return found;
        }

        @Override
        public VmmExit lastExit(MachineId id) {
            return host.exits.getOrDefault(id, FakeHost.KILLED);
        }
    }

    private final class Handle implements SupervisedVmm {
        private final FakeVmm vmm;
        private final CompletableFuture<VmmExit> exit;

        Handle(FakeVmm vmm) {
            this.vmm = vmm;
            this.exit = vmm.watch().thenApply(how -> crashed ? neverSeen() : how);
        }

        private VmmExit neverSeen() {
            throw new SimulatedCrash();
        }

        @Override
        public ProcessIdentity identity() {
            return vmm.identity;
        }

        @Override
        public java.nio.file.Path socket() {
            return FakeHost.socket(vmm.id);
        }

        @Override
        public CompletableFuture<VmmExit> exit() {
            return exit;
        }

        @Override
        public void kill() {
            effect(() -> vmm.end(FakeHost.KILLED));
        }

        @Override
        public void close() {}
    }

    private final class Disks implements MachineDisks {
        @Override
        public void prepare(MachineId id) {
            effect(() -> host.disks.add(id));
            effect(() -> host.runtimes.add(id));
        }

        @Override
        public void removeRuntime(MachineId id) {
            effect(() -> host.runtimes.remove(id));
        }

        @Override
        public void remove(MachineId id) {
            effect(() -> host.runtimes.remove(id));
            effect(() -> host.disks.remove(id));
        }

        @Override
        public Set<MachineId> list() {
            Set<MachineId> all = new HashSet<>(host.disks);
            all.addAll(host.runtimes);
            return all;
        }
    }

    private final class FakeGuest implements Guest {
        private final MachineId id;
        private volatile boolean closed;

        FakeGuest(MachineId id) {
            this.id = id;
        }

        private FakeVmm vmm() {
            return Optional.ofNullable(host.running.get(id)).orElseThrow(() -> silent("it has gone"));
        }

        @Override
        public void awaitReady(Duration timeout) {
            step();
            guestAsked.countDown();
            if (!vmm().booted) {
                throw silent("it was not told to boot");
            }
            switch (vmm().guest) {
                case NEVER_READY -> throw silent("it has not answered within %s".formatted(timeout));
                case DIES_WHILE_STARTING -> {
                    vmm().end(new VmmExit(
                            0,
                            Optional.empty(),
                            false,
                            Optional.empty(),
                            Optional.of("no init"),
                            "end of the stack",
                            ""));
                    throw silent("it has gone");
                }
                case GOOD, IGNORES_SHUTDOWN, SILENT_AT_SHUTDOWN, HAS_A_POWER_BUTTON_ALONE ->
                    readiness.acquireUninterruptibly();
            }
            step();
            if (closed) {
                throw silent("it was closed");
            }
        }

        @Override
        public GuestProcesses processes() {
            throw new UnsupportedOperationException("nobody asks for it in these tests");
        }

        @Override
        public GuestFiles files() {
            throw new UnsupportedOperationException("nobody asks for it in these tests");
        }

        @Override
        public GuestPorts ports() {
            throw new UnsupportedOperationException("nobody asks for it in these tests");
        }

        @Override
        public BusyWatch watchBusy() {
            throw new UnsupportedOperationException("nobody asks for it in these tests");
        }

        @Override
        public GuestMetrics metrics() {
            throw new UnsupportedOperationException("nobody asks for it in these tests");
        }

        @Override
        public void shutdown(Duration grace) {
            FakeVmm vmm = vmm();
            if (vmm.guest == GuestBehaviour.SILENT_AT_SHUTDOWN
                    || vmm.guest == GuestBehaviour.HAS_A_POWER_BUTTON_ALONE) {
                throw silent("it does not answer");
            }
            if (vmm.guest != GuestBehaviour.IGNORES_SHUTDOWN) {
                effect(() -> vmm.end(FakeHost.POWERED_OFF));
            }
        }

        private HyperfleetException silent(String why) {
            return new HyperfleetException(ErrorCode.GUEST_ERROR, "The agent in machine %s: %s".formatted(id, why));
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
