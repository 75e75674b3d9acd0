package dev.hyperfleet.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.guest.v1.AgentGrpc.AgentBlockingV2Stub;
import dev.hyperfleet.guest.v1.StepClockRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * A guest's clock. As in NTP, it is assumed to be read in the middle of a call, which is accurate to half of the call's
 * duration; so calls are repeated until one is fast, since an emulated guest on a busy host may be slow for some.
 */
record GuestClock(MachineId id, GrpcCalls<AgentBlockingV2Stub> agent) {
    private static final Duration QUICK = Duration.ofMillis(20);

    /** After this many attempts the clock is given up. */
    private static final int MAX_CALLS = 10;

    /**
     * Sets it to the host's time.
     *
     * @param late what it is late by, as far as is known
     * @param timeout for all calls together
     */
    void set(InstantSource host, Duration late, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        Duration step = late;
        for (int count = 0; count < MAX_CALLS; count++) {
            Instant begin = host.instant();
            Instant guest = step(step, Duration.ofNanos(deadline - System.nanoTime()));
            Duration half = Duration.between(begin, host.instant()).dividedBy(2);
            Duration offset = Duration.between(guest, begin.plus(half));
            boolean mayBeRight = offset.abs().compareTo(half) <= 0;
            if (mayBeRight && half.multipliedBy(2).compareTo(QUICK) <= 0) {
                return;
            }
            step = mayBeRight ? Duration.ZERO : offset;
        }
        if (!step.isZero()) {
            throw new HyperfleetException(
                    ErrorCode.GUEST_ERROR, "The clock of machine %s does not stay as it was set".formatted(id));
        }
    }

    /** Moves it, and reads the new time. */
    private Instant step(Duration step, Duration timeout) {
        StepClockRequest request = StepClockRequest.newBuilder()
                .setStepUs(TimeUnit.MICROSECONDS.convert(step))
                .build();
        return Messages.instantOfMicros(
                agent.ask(timeout, stub -> stub.stepClock(request)).getTimeUs());
    }
}
