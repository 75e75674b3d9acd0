package dev.hyperfleet.core.control;

/** A server's effect on the outside world. */
public enum Effect {
    INSERT,
    UPDATE,
    CONFIGURE,
    INSERT_SNAPSHOT,
    DELETE_SNAPSHOT,
    DELETE,
    PREPARE_DISK,
    PREPARE_RUNTIME,
    LAUNCH,
    BOOT,
    AWAIT_READY,
    CONNECT,
    FREEZE,
    RENEW,
    SAVE,
    SETTLE,
    REMOVE_SNAPSHOT,
    SAVE_MEMORY,
    DISCARD_MEMORY,
    PAUSE,
    RESUME,
    QUERY,
    SHUT_DOWN,
    PRESS_POWER_BUTTON,
    KILL,
    REMOVE_RUNTIME,
    REMOVE_DISK;

    /** Whether it is a transaction of the store. */
    public boolean isWrite() {
        return compareTo(DELETE) <= 0;
    }

    /** Whether it is a transaction that stores a machine. */
    public boolean storesMachine() {
        return isWrite() && this != INSERT_SNAPSHOT && this != DELETE_SNAPSHOT;
    }

    /** Whether it does not disturb others, so that several may run concurrently. */
    public boolean disturbsNothing() {
        return this == AWAIT_READY || this == CONNECT || this == QUERY || this == RENEW;
    }
}
