package dev.hyperfleet.core;

/** Port: how machines are connected. Safe for concurrent use. */
public interface MachineNetwork {
    NetworkPlan plan(MachineId id);
}
