package dev.hyperfleet.core.control;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.control.Quota.Usage;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Usage and limits of machines and snapshots, in total and for each API key that created some. A machine counts for the
 * key that created it, whichever key starts it. Safe for concurrent use.
 */
public final class Quotas {
    private final Quota host;
    private final Function<String, Quota> ofKey;
    private final Map<String, Usage> usedByKey = new HashMap<>(); // guarded by this
    private Usage used = Usage.NONE; // guarded by this

    /**
     * Quotas with nothing in use.
     *
     * @param ofKey the quota of the key of this name, which may change at any time
     */
    public Quotas(Quota host, Function<String, Quota> ofKey) {
        this.host = host;
        this.ofKey = ofKey;
    }

    /** Quotas without limits. */
    public static Quotas unlimited() {
        return new Quotas(Quota.NONE, _ -> Quota.NONE);
    }

    /** The limits of all machines. */
    public Quota ofHost() {
        return host;
    }

    /** The usage of all machines. */
    public synchronized Usage used() {
        return used;
    }

    /** The usage of this key's machines. */
    public synchronized Usage usedBy(String key) {
        return usedByKey.getOrDefault(key, Usage.NONE);
    }

    /**
     * Counts more.
     *
     * @throws HyperfleetException {@link ErrorCode#QUOTA_EXCEEDED} if that is too much; nothing is counted then
     */
    void take(Optional<String> owner, Usage more) {
        Quota ofOwner = owner.map(ofKey).orElse(Quota.NONE); // it is read from the store, so not under the lock
        synchronized (this) {
            require(owner, ofOwner, more);
            occupy(owner, more);
        }
    }

    /**
     * Refuses what {@link #take} would refuse, and counts nothing.
     *
     * @throws HyperfleetException as there
     */
    void require(Optional<String> owner, Usage more) {
        Quota ofOwner = owner.map(ofKey).orElse(Quota.NONE);
        synchronized (this) {
            require(owner, ofOwner, more);
        }
    }

    private void require(Optional<String> owner, Quota ofOwner, Usage more) {
        require(host, used(), more, "This host");
        owner.ifPresent(key -> require(ofOwner, usedBy(key), more, "API key '%s'".formatted(key)));
    }

    /** Counts existing usage, without a limit. */
    synchronized void occupy(Optional<String> owner, Usage more) {
        used = used.plus(more);
        owner.ifPresent(key -> usedByKey.merge(key, more, Usage::plus));
    }

    /** Stops counting it. */
    synchronized void free(Optional<String> owner, Usage less) {
        used = used.minus(less);
        owner.ifPresent(key -> usedByKey.computeIfPresent(key, (_, before) -> {
            Usage after = before.minus(less);
            return after.equals(Usage.NONE) ? null : after;
        }));
    }

    private static void require(Quota quota, Usage used, Usage more, String whose) {
        require(quota.machines(), used.machines(), more.machines(), whose, "machines", "Delete one");
        require(quota.running(), used.running(), more.running(), whose, "running machines", "Stop one");
        require(quota.vcpus(), used.vcpus(), more.vcpus(), whose, "running virtual CPUs", "Stop a machine");
        require(
                quota.memSizeMib(),
                used.memSizeMib(),
                more.memSizeMib(),
                whose,
                "MiB of running memory",
                "Stop a machine");
        require(quota.snapshots(), used.snapshots(), more.snapshots(), whose, "snapshots", "Delete one");
        require(quota.snapshotMib(), used.snapshotMib(), more.snapshotMib(), whose, "MiB of snapshots", "Delete one");
    }

    private static void require(OptionalLong limit, long used, long more, String whose, String what, String remedy) {
        if (more > 0 && limit.isPresent() && used + more > limit.getAsLong()) {
            throw new HyperfleetException(
                    ErrorCode.QUOTA_EXCEEDED,
                    "%s may have %d %s, has %d, and this requires %d more. %s, or have the quota raised."
                            .formatted(whose, limit.getAsLong(), what, used, more, remedy));
        }
    }
}
