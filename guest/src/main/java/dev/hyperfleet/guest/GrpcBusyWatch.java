package dev.hyperfleet.guest;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.guest.BusyWatch;
import dev.hyperfleet.guest.v1.Activity;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Whether processes run, according to the agent. */
record GrpcBusyWatch(ResponseStream<Activity> answers) implements BusyWatch {
    private static final Duration FOR_EVER = Duration.ofDays(365);

    @Override
    public boolean next() {
        try {
            @Nullable Activity activity = answers.next(FOR_EVER);
            if (activity == null) {
                throw answers.failures().outOfBounds("an end of its activity");
            }
            return activity.getBusy();
        } catch (TimeoutException late) {
            throw new HyperfleetException(ErrorCode.GUEST_ERROR, "The agent was silent for a year", late);
        }
    }

    @Override
    public void close() {
        answers.cancel();
    }
}
