package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.MonotonicClock;
import dev.hyperfleet.core.control.MachineEvent.BootRepeated;
import dev.hyperfleet.core.control.MachineEvent.CleanupFailed;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.GuestConnector;
import dev.hyperfleet.core.guest.GuestIdentity;
import dev.hyperfleet.core.host.Host;
import dev.hyperfleet.core.host.LaunchPlan;
import dev.hyperfleet.core.host.LaunchPlan.Origin;
import dev.hyperfleet.core.host.Vmm;
import dev.hyperfleet.core.machine.Instance;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.Start;
import dev.hyperfleet.core.machine.VmmExit;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Carries out the lifecycle's decisions on the host: starts and ends VMMs and their resources. It does not handle
 * states; {@link #alone} ensures that at most one caller at a time works on a machine.
 */
final class MachineRunner {
    /** The ports to the host that machines need. */
    record Ports(
            Host host,
            GuestConnector guests,
            MachineListener listener,
            Clock clock,
            MonotonicClock time,
            RandomGenerator random,
            Executor executor) {}

    /** Maximum boots in one start: on an overloaded host one boot in hundreds fails. */
    private static final int MAX_BOOTS = 3;

    /** How long a start or resume waits for the guest's clock to be set, or its processes to continue. */
    private static final Duration GUEST_PATIENCE = Duration.ofSeconds(1);

    /** How long setting it is attempted; an emulated guest on a busy host may be slow. */
    private static final Duration CLOCK_TIMEOUT = Duration.ofSeconds(10);

    /** How long the processes in a guest have to halt, after the 10 s that its hooks have. */
    private static final Duration FREEZE_TIMEOUT = Duration.ofSeconds(15);

    /** How long a guest has to become one of its own, and its processes to continue, and its hooks to end. */
    private static final Duration RENEW_TIMEOUT = Duration.ofSeconds(20);

    private static final int ENTROPY_BYTES = 64;

    private final Ports ports;
    private final Function<Machine, Origin> origins;
    private final BiConsumer<Machine, Vmm> booted;
    private final Map<MachineId, Live> live = new ConcurrentHashMap<>();
    private final Map<MachineId, ReentrantLock> working = new ConcurrentHashMap<>();

    /**
     * @param origins how a machine's next start begins
     * @param booted is given each guest that has booted on an empty disk, before anything of the user's runs in it
     */
    MachineRunner(Ports ports, Function<Machine, Origin> origins, BiConsumer<Machine, Vmm> booted) {
        this.ports = ports;
        this.origins = origins;
        this.booted = booted;
    }

    Optional<Live> find(MachineId id) {
        return Optional.ofNullable(live.get(id));
    }

    /** Works on a machine exclusively. Waits for other threads that do so. */
    <T> T alone(MachineId id, Supplier<T> work) {
        ReentrantLock lock = working.computeIfAbsent(id, _ -> new ReentrantLock());
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Starts the machine's VMM.
     *
     * @param timeout for the creation of its disk
     */
    Live launch(Machine machine, Duration timeout) {
        LaunchPlan plan = plan(machine);
        boolean untouched = ports.host().prepare(plan, timeout);
        Live launched = attach(machine, ports.host().launch(plan), plan.from().isRestored(), untouched);
        launched.vmm().boot(plan);
        return launched;
    }

    private LaunchPlan plan(Machine machine) {
        return LaunchPlan.from(origins.apply(machine), machine);
    }

    /**
     * Makes sure that a VMM which an earlier server has launched runs its guest. That server may then have paused it,
     * if it failed to store that it runs.
     */
    void boot(Machine machine, Live launched) {
        launched.vmm().boot(plan(machine));
        launched.vmm().resume();
    }

    /**
     * Halts a running guest so that it can be saved: first its processes, so that none of them runs in two guests before
     * their random numbers differ, then its CPUs.
     */
    Live halt(MachineId id) {
        Vmm vmm = requireVmm(id, "snapshot");
        Live halting = live.get(id);
        if (halting == null || halting.guest().isEmpty()) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST,
                    "Machine %s boots without our initramfs, so it has no agent, and cannot be saved while it runs: "
                                    .formatted(id)
                            + "stop it, and save its disk");
        }
        halting.guest().get().freeze(FREEZE_TIMEOUT);
        vmm.pause();
        return halting;
    }

    /**
     * Halts a guest, and saves its memory to the machine's own. It stays halted.
     *
     * @param halted whether its CPUs are halted already
     */
    void saveMemory(MachineId id, boolean halted, Duration timeout) {
        if (halted) {
            ports.host().suspended().discard(id); // an earlier server may have saved it; if this fails, it continues
            pause(id); // it may have continued: a resume whose answer was lost counts as failed
        } else {
            var _ = halt(id);
        }
        ports.host().suspended().save(id, requireVmm(id, "suspend"), timeout);
    }

    /** Removes the memory that was saved when the machine was suspended, and returns whether that succeeded. */
    boolean discardMemory(MachineId id) {
        return alone(id, () -> cleanUp(id, () -> ports.host().suspended().discard(id)));
    }

    /** Lets a halted guest continue. Returns whether it certainly does. */
    boolean proceed(MachineId id) {
        try {
            requireVmm(id, "resume").resume();
            Duration late = find(id).flatMap(Live::guest)
                    .map(guest -> renew(guest, false, Optional.empty(), RENEW_TIMEOUT))
                    .orElse(Duration.ZERO);
            setClock(id, late);
            return true;
        } catch (HyperfleetException failure) {
            ports.listener().on(new MachineEvent.AutomationFailed(id, failure));
            return false;
        }
    }

    /**
     * Gives a restored guest its name and address before its machine exists. It still waits then, and the same takes less
     * time when it is a machine's.
     */
    void rehearse(Machine member, Live waiting, Duration timeout) {
        Optional<GuestIdentity> own = Optional.of(ports.host().identity(member));
        waiting.guest().ifPresent(guest -> {
            var _ = guest.renew(new Guest.Renewal(entropy(), true, own, true), ports.clock(), timeout);
        });
    }

    private Duration renew(Guest guest, boolean restored, Optional<GuestIdentity> identity, Duration timeout) {
        return guest.renew(new Guest.Renewal(entropy(), restored, identity, false), ports.clock(), timeout);
    }

    private byte[] entropy() {
        byte[] entropy = new byte[ENTROPY_BYTES];
        ports.random().nextBytes(entropy);
        return entropy;
    }

    /** Halts the guest's CPUs. */
    void pause(MachineId id) {
        requireVmm(id, "pause").pause();
    }

    /** Lets the guest's CPUs continue, and {@link #refresh refreshes} it. */
    void resume(MachineId id) {
        requireVmm(id, "resume").resume();
        refresh(id);
    }

    /**
     * Sets the guest's clock, which was halted with its CPUs, and lets its processes continue: a server may have ended
     * while it saved the machine. Returns when that is done, or after a second: then it continues in the background.
     */
    void refresh(MachineId id) {
        await(inBackground(id, guest -> setClock(id, guest, thaw(guest))));
    }

    private Duration thaw(Guest guest) {
        try {
            return renew(guest, false, Optional.empty(), RENEW_TIMEOUT);
        } catch (HyperfleetException failure) {
            // An agent of an older release has no halted processes. Another one is silent, which its next call shows.
            return Duration.ZERO;
        }
    }

    /**
     * Whether the guest's CPUs are halted.
     *
     * @throws HyperfleetException {@link ErrorCode#MACHINE_FAILED} if its VMM has ended
     */
    boolean isPaused(MachineId id) {
        return requireVmm(id, "inspect").isPaused();
    }

    /** Sets the guest's clock, and returns when it is set, or after a second: then it continues in the background. */
    private void setClock(MachineId id, Duration late) {
        await(inBackground(id, guest -> setClock(id, guest, late)));
    }

    private void setClock(MachineId id, Guest guest, Duration late) {
        try {
            guest.setClock(ports.clock(), late, CLOCK_TIMEOUT);
        } catch (HyperfleetException failure) {
            ports.listener().on(new MachineEvent.ClockNotSet(id, failure));
        }
    }

    private void await(CompletableFuture<Void> done) {
        try {
            var _ = ports.time().comes(done, GUEST_PATIENCE);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /** Works with the guest, if it has an agent. Completes when that has ended in any way. */
    private CompletableFuture<Void> inBackground(MachineId id, Consumer<Guest> work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        find(id).flatMap(Live::guest)
                .ifPresentOrElse(
                        guest -> ports.executor().execute(() -> {
                            try {
                                work.accept(guest);
                            } finally {
                                done.complete(null);
                            }
                        }),
                        () -> done.complete(null));
        return done;
    }

    private Vmm requireVmm(MachineId id, String operation) {
        return find(id).map(Live::vmm)
                .filter(vmm -> !vmm.exit().isDone())
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.MACHINE_FAILED,
                        "Cannot %s machine %s: its VMM has ended meanwhile".formatted(operation, id)));
    }

    /** Takes charge of a running VMM. */
    Live attach(Machine machine, Vmm vmm) {
        boolean restored =
                machine.startsFrom().isPresent() || ports.host().suspended().exists(machine.id());
        return attach(machine, vmm, restored, false);
    }

    private Live attach(Machine machine, Vmm vmm, boolean restored, boolean untouched) {
        Optional<Guest> guest =
                machine.spec().image().initrd().map(agent -> ports.guests().connect(machine.id()));
        Live attached = new Live(vmm, guest, restored, untouched);
        // A thread that waits for the guest must not wait for a dead one.
        var _ = vmm.exit().thenAccept(exit -> guest.ifPresent(Guest::close));
        live.put(machine.id(), attached);
        return attached;
    }

    /**
     * Returns when the guest has answered; without an agent, when the VMM runs. A boot that failed because of the
     * host's load is repeated, within the same timeout.
     */
    Live awaitReady(Machine machine, Live launched, Duration timeout) {
        long deadline = ports.time().nanoTime() + timeout.toNanos();
        Live booting = launched;
        for (int boots = 1; ; boots++) {
            try {
                Live begun = booting;
                begun.guest().ifPresent(guest -> begin(machine, begun, guest, until(deadline)));
                return begun;
            } catch (HyperfleetException failure) {
                if (boots == MAX_BOOTS || !isSpoilt(booting)) {
                    throw failure;
                }
                ports.listener().on(new BootRepeated(machine.id(), failure));
                removeRuntime(machine.id());
                booting = launch(machine, until(deadline));
            }
        }
    }

    /** Waits for a guest, and lets the user's processes run in it. */
    private void begin(Machine machine, Live begun, Guest guest, Duration timeout) {
        long deadline = ports.time().nanoTime() + timeout.toNanos();
        Optional<GuestIdentity> own = Optional.empty();
        if (begun.restored()) { // its first answer is that to its renewal
            own = origins.apply(machine).memory().map(_ -> ports.host().identity(machine));
        } else {
            guest.awaitReady(timeout);
            if (begun.untouched()) {
                booted.accept(machine, begun.vmm());
            }
        }
        Duration late = renew(guest, begun.restored(), own, until(deadline));
        setClock(machine.id(), late); // it began at a full second of the VMM's real-time clock, or when it was saved
    }

    private Duration until(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - ports.time().nanoTime()));
    }

    private static boolean isSpoilt(Live booting) {
        CompletableFuture<VmmExit> exit = booting.vmm().exit();
        return exit.isDone() && exit.join().isSpoiltBoot();
    }

    /** Ends what remains of a machine whose transition has failed, and returns the reason. */
    HyperfleetException abandon(MachineId id, RuntimeException failure) {
        Optional<Live> left = find(id);
        boolean endedByItself = left.filter(it -> it.vmm().exit().isDone()).isPresent();
        if (left.isPresent() && !endedByItself) {
            ports.host().keepEvidence(id, left.get().vmm().inspect());
        }
        Optional<VmmExit> exit = Optional.empty();
        try {
            exit = left.map(this::end);
            removeRuntime(id);
        } catch (HyperfleetException stuck) {
            failure.addSuppressed(stuck);
            ports.listener().on(new CleanupFailed(id, stuck));
        }
        ErrorCode code = failure instanceof HyperfleetException known ? known.code() : ErrorCode.INTERNAL_ERROR;
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        if (code == ErrorCode.GUEST_ERROR && exit.isPresent()) {
            code = ErrorCode.MACHINE_FAILED;
            message =
                    endedByItself ? exit.get().describe() : message + exit.get().lastLinesOfConsole();
        }
        return new HyperfleetException(code, message, failure);
    }

    /** The fields that a machine shows for a running VMM. */
    Instance instance(Machine machine, Vmm vmm, Start start) {
        return new Instance(vmm.identity(), vmm.socket(), ports.host().attachment(machine.id(), machine.slot()), start);
    }

    /** Powers the guest off, and kills its VMM if that does not happen in time, or if the VMM does not answer. */
    VmmExit stop(MachineId id, Timeouts timeouts) {
        Live stopping = live.get(id);
        if (stopping == null) {
            return ports.host().lastExit(id);
        }
        if (!letRun(id, stopping)) {
            return end(stopping);
        }
        // It may have been paused: its processes should see the right time when they end.
        var _ = inBackground(id, guest -> setClock(id, guest, Duration.ZERO));
        if (askToPowerOff(stopping, timeouts) || stopping.vmm().pressPowerButton()) {
            try {
                return await(stopping, timeouts.stop());
            } catch (TimeoutException tooLate) {
                // The guest's time is up, so it is killed. Its file system has a journal for that.
            }
        }
        return end(stopping);
    }

    /** Kills the machine's VMM, if there is one: all that its guest has is to be replaced. */
    VmmExit kill(MachineId id) {
        Live killed = live.get(id);
        return killed == null ? ports.host().lastExit(id) : end(killed);
    }

    /** A paused guest cannot power itself off. Returns whether it runs. */
    private boolean letRun(MachineId id, Live stopping) {
        if (stopping.vmm().exit().isDone()) {
            return false;
        }
        try {
            stopping.vmm().resume();
            return true;
        } catch (HyperfleetException stuck) {
            ports.listener().on(new MachineEvent.AutomationFailed(id, stuck));
            return false;
        }
    }

    private static boolean askToPowerOff(Live stopping, Timeouts timeouts) {
        if (stopping.guest().isEmpty()) {
            return false;
        }
        try {
            stopping.guest().get().shutdown(timeouts.grace());
            return true;
        } catch (HyperfleetException silent) {
            return false; // an agent that does not answer will not power off
        }
    }

    /** Kills the VMM and waits for its exit. */
    VmmExit end(Live ending) {
        ending.vmm().kill();
        try {
            return await(ending, Timeouts.KILL);
        } catch (TimeoutException stuck) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "The VMM (process %d) does not exit although it was killed; see its state in /proc"
                            .formatted(ending.vmm().identity().pid()),
                    stuck);
        }
    }

    private VmmExit await(Live ending, Duration timeout) throws TimeoutException {
        try {
            return ports.time().await(ending.vmm().exit(), timeout);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("a VMM's exit completes normally", impossible);
        }
    }

    /** Removes what a machine has only while its VMM runs. The VMM must have exited. */
    void removeRuntime(MachineId id) {
        Live ended = live.remove(id);
        if (ended != null) {
            ended.close();
        }
        var _ = cleanUp(id, () -> ports.host().removeRuntime(id));
    }

    /** The same, unless the VMM that has exited is not the machine's current one. */
    void removeRuntime(MachineId id, Live ended) {
        if (ended.equals(live.get(id))) {
            removeRuntime(id);
        }
    }

    /** Removes everything of a machine, and returns whether that succeeded. */
    boolean remove(MachineId id) {
        boolean removed = alone(id, () -> cleanUp(id, () -> ports.host().remove(id)));
        working.remove(id);
        return removed;
    }

    /** The server's next start finds leftovers by their names. */
    private boolean cleanUp(MachineId id, Runnable cleanUp) {
        try {
            cleanUp.run();
            return true;
        } catch (RuntimeException failure) {
            ports.listener().on(new CleanupFailed(id, failure));
            return false;
        }
    }

    /** Disconnects from all VMMs; they keep running. */
    void detachAll() {
        live.values().forEach(Live::close);
        live.clear();
    }
}
