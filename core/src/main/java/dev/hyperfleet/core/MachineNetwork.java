package dev.hyperfleet.core;

/** Port: how machines are connected. Safe for concurrent use. */
public interface MachineNetwork {
    /**
     * The network of this machine.
     *
     * @param slot the machine's
     */
    NetworkPlan plan(MachineId id, int slot);

    /** How many machines it has room for: their slots are below this. */
    int capacity();
}
