package dev.hyperfleet.tests;

import static dev.hyperfleet.tests.Operation.done;
import static dev.hyperfleet.tests.Operation.refused;
import static dev.hyperfleet.tests.Operation.seen;
import static dev.hyperfleet.tests.Operation.unknown;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.tests.Operation.Command;
import dev.hyperfleet.tests.Operation.State;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinearizabilityTest {
    @Test
    void oneAfterTheOtherIsRight() {
        good(
                done(Command.START, 0, 10),
                seen(State.RUNNING, 11, 12),
                done(Command.PAUSE, 13, 14),
                refused(Command.START, State.PAUSED, 15, 16),
                done(Command.STOP, 17, 20),
                done(Command.DELETE, 21, 22),
                seen(State.ABSENT, 23, 24));
    }

    @Test
    void whatIsSeenAtTheSameTimeMayBeAnyStepOnTheWay() {
        good(done(Command.START, 0, 10), seen(State.PENDING, 1, 3), seen(State.STARTING, 2, 4));
        good(done(Command.START, 0, 10), seen(State.RUNNING, 1, 3));
        bad(done(Command.START, 0, 10), seen(State.RUNNING, 1, 3), seen(State.STARTING, 4, 5));
    }

    @Test
    void whatWasIsNotSeenAnyMore() {
        bad(done(Command.START, 0, 10), done(Command.STOP, 11, 20), seen(State.RUNNING, 21, 22));
        bad(done(Command.DELETE, 0, 10), seen(State.PENDING, 11, 12));
        bad(seen(State.RUNNING, 0, 1));
    }

    @Test
    void ofTwoStartsAtATimeOneIsRefused() {
        good(done(Command.START, 0, 10), refused(Command.START, State.STARTING, 0, 10));
        bad(done(Command.START, 0, 10), done(Command.START, 0, 10));
        good(done(Command.START, 0, 10), done(Command.STOP, 0, 10), done(Command.START, 0, 10));
    }

    @Test
    void whatIsAllowedIsNotRefused() {
        bad(refused(Command.START, State.PENDING, 0, 1));
    }

    @Test
    void whatHasNoAnswerMayHaveHappenedInPartOrNot() {
        good(unknown(Command.START, 0, 5), seen(State.PENDING, 6, 7));
        good(unknown(Command.START, 0, 5), seen(State.STARTING, 6, 7), seen(State.FAILED, 8, 9));
        good(unknown(Command.START, 0, 5), seen(State.RUNNING, 6, 7));
        good(
                done(Command.START, 0, 1),
                unknown(Command.RESTART, 2, 5),
                seen(State.STOPPING, 6, 7),
                seen(State.STOPPED, 8, 9));
    }

    @Test
    void whatHadNotBegunWhenItsServerDiedNeverHappens() {
        bad(unknown(Command.START, 0, 5), seen(State.PENDING, 6, 7), seen(State.RUNNING, 8, 9));
        bad(unknown(Command.DELETE, 0, 5), seen(State.PENDING, 6, 7), seen(State.ABSENT, 8, 9));
    }

    @Test
    void whatHasNoAnswerHappensOnceAtMost() {
        bad(
                unknown(Command.START, 0, 5),
                seen(State.RUNNING, 6, 7),
                done(Command.STOP, 8, 9),
                seen(State.RUNNING, 10, 11));
    }

    private static void good(Operation... history) {
        assertThat(Linearizability.holds(State.PENDING, List.of(history))).isTrue();
    }

    private static void bad(Operation... history) {
        assertThat(Linearizability.holds(State.PENDING, List.of(history))).isFalse();
    }
}
