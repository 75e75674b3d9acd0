package dev.hyperfleet.core.control;

import dev.hyperfleet.core.MachineId;

/** Decides on a server's effects: each happens, or is delayed or refused, or the server ends there. */
public interface Fate {
    /** Lets every effect happen. */
    Fate UNDISTURBED = (_, _, action) -> action.run();

    /**
     * Decides on an effect.
     *
     * @param action the effect itself, which this runs once, or not at all
     */
    void befall(Effect effect, MachineId id, Runnable action);
}
