package dev.hyperfleet.core.simulation;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.control.Effect;
import dev.hyperfleet.core.control.Fate;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** The failures to inject next. They outlive servers: a failure that has not hit one hits the next one. */
final class Trouble {
    private static final Set<Effect> CAN_FAIL = EnumSet.of(
            Effect.PREPARE_DISK,
            Effect.PREPARE_RUNTIME,
            Effect.LAUNCH,
            Effect.BOOT,
            Effect.AWAIT_READY,
            Effect.CONNECT,
            Effect.PAUSE,
            Effect.RESUME,
            Effect.QUERY,
            Effect.SHUT_DOWN,
            Effect.REMOVE_RUNTIME,
            Effect.REMOVE_DISK);
    private static final Set<Effect> CAN_LOSE_ITS_ANSWER =
            EnumSet.of(Effect.BOOT, Effect.PAUSE, Effect.RESUME, Effect.SHUT_DOWN);
    private static final int NEVER = -1;

    private final RandomGenerator random;
    private int pointsToCrash = NEVER;
    private int writesWithoutSpace;
    private boolean tears;
    private boolean fails;
    private boolean losesAnswer;
    private Duration delay = Duration.ZERO;
    private Optional<Runnable> torn = Optional.empty();

    Trouble(RandomGenerator random) {
        this.random = random;
    }

    /** Injects no more failures. */
    void end() {
        pointsToCrash = NEVER;
        writesWithoutSpace = 0;
        tears = false;
        fails = false;
        losesAnswer = false;
        delay = Duration.ZERO;
    }

    void crashAfter(int points) {
        pointsToCrash = points;
    }

    void fillDisk(int writes) {
        writesWithoutSpace = writes;
    }

    void tearWrite() {
        tears = true;
    }

    void failEffect() {
        fails = true;
    }

    void loseAnswer() {
        losesAnswer = true;
    }

    void delay(Duration length) {
        delay = length;
    }

    /** A server has died: its torn write is found committed. */
    void settleTornWrite() {
        torn.ifPresent(Runnable::run);
        torn = Optional.empty();
    }

    /** The fate of one server. */
    Fate of(ServerProcess process, Runnable died) {
        return (effect, id, action) -> {
            point(process, died);
            pass(process);
            act(effect, action);
            process.yieldTurn();
            point(process, died);
        };
    }

    private void point(ServerProcess process, Runnable died) {
        if (pointsToCrash != NEVER && pointsToCrash-- == 0) {
            process.kill();
            died.run();
            process.end();
        }
    }

    private void pass(ServerProcess process) {
        Duration length = delay.plusMillis(random.nextBoolean() ? random.nextInt(200) : 0);
        delay = Duration.ZERO;
        if (length.isZero()) {
            process.yieldTurn();
        } else {
            process.sleep(length);
        }
    }

    private void act(Effect effect, Runnable action) {
        if (effect.isWrite()) {
            write(action);
            return;
        }
        if (fails && CAN_FAIL.contains(effect)) {
            fails = false;
            throw new HyperfleetException(ErrorCode.MACHINE_FAILED, "simulated: cannot " + effect);
        }
        action.run();
        if (losesAnswer && CAN_LOSE_ITS_ANSWER.contains(effect)) {
            losesAnswer = false;
            throw new HyperfleetException(ErrorCode.MACHINE_FAILED, "simulated: no answer to " + effect);
        }
    }

    private void write(Runnable action) {
        if (writesWithoutSpace > 0) {
            writesWithoutSpace--;
            throw new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "simulated: no space");
        }
        if (tears) {
            tears = false;
            torn = Optional.of(action);
            throw new HyperfleetException(ErrorCode.INSUFFICIENT_STORAGE, "simulated: a write that is torn");
        }
        torn = Optional.empty();
        action.run();
    }
}
