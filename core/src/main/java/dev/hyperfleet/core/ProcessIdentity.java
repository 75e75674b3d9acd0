package dev.hyperfleet.core;

/**
 * Names a process for ever; a number alone is soon another process's.
 *
 * @param pid its number on the host
 * @param startTime when it started, in clock ticks after the host's boot
 * @param bootId the host's boot, as the kernel names it
 */
public record ProcessIdentity(long pid, long startTime, String bootId) {}
