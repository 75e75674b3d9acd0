package dev.hyperfleet.core.request;

import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.machine.Machine;
import java.util.function.Consumer;

/**
 * What must hold for a machine so that a request may change it. It is checked when the change is decided on,
 * while nothing else changes the machine. Conditions go along with the thread; what the server does by itself has
 * none, and neither has what is observed.
 */
public final class Conditions {
    private static final ScopedValue<Consumer<Machine>> CURRENT = ScopedValue.newInstance();

    private Conditions() {}

    /**
     * Does something under a condition, and under those that are in force already.
     *
     * @param condition throws {@link HyperfleetException} to refuse
     */
    public static <E extends Exception> void run(Consumer<Machine> condition, Cause.Action<E> action) throws E {
        Consumer<Machine> all = CURRENT.isBound() ? CURRENT.get().andThen(condition) : condition;
        ScopedValue.where(CURRENT, all).<Boolean, E>call(() -> {
            action.run();
            return true;
        });
    }

    public static void check(Machine machine) {
        if (CURRENT.isBound()) {
            CURRENT.get().accept(machine);
        }
    }
}
