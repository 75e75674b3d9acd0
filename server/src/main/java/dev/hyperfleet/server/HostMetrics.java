package dev.hyperfleet.server;

import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.Quota;
import dev.hyperfleet.core.control.Quotas;
import dev.hyperfleet.host.probe.HostMemory;
import dev.hyperfleet.store.DatabaseWriter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** Metrics of the host's resources: how much there is, how much machines use, and how much they may use. */
final class HostMetrics {
    private static final double MIB = 1024 * 1024;

    private final PrometheusRegistry registry;

    private HostMetrics(PrometheusRegistry registry) {
        this.registry = registry;
    }

    static void register(PrometheusRegistry registry, Machines machines, Quotas quotas, DatabaseWriter writer) {
        Info.builder()
                .name("hyperfleet_build_info")
                .help("The server's version, as a label.")
                .labelNames("version")
                .register(registry)
                .setLabelValues(Build.VERSION);
        HostMetrics metrics = new HostMetrics(registry);
        metrics.gauge(
                "hyperfleet_host_memory_bytes",
                "The host's memory, or the limit of the server's control group.",
                () -> HostMemory.totalBytes());
        metrics.optional(
                "hyperfleet_host_memory_available_bytes",
                "The host's memory that new processes could use without swapping.",
                () -> number(HostMemory.availableBytes(), 1));
        metrics.usage(quotas);
        metrics.limits(quotas.ofHost());
        metrics.gauge(
                "hyperfleet_waiting_guests",
                "Guests that wait for machines (HYPERFLEET_WARM_POOL).",
                () -> machines.waiting());
        metrics.gauge(
                "hyperfleet_database_waiting_writes",
                "Writes that wait for the database while it stores others.",
                () -> writer.waiting());
    }

    private void usage(Quotas quotas) {
        gauge(
                "hyperfleet_running_machines",
                "Machines with a VMM: those that start, run, are paused or stop.",
                () -> quotas.used().running());
        gauge(
                "hyperfleet_running_vcpus",
                "Virtual CPUs of those machines.",
                () -> quotas.used().vcpus());
        gauge(
                "hyperfleet_running_memory_bytes",
                "Memory that those machines were given. A guest takes it as it touches it.",
                () -> quotas.used().memSizeMib() * MIB);
        gauge("hyperfleet_snapshots", "Users' snapshots.", () -> quotas.used().snapshots());
        gauge(
                "hyperfleet_snapshot_bytes",
                "Disk space of those snapshots.",
                () -> quotas.used().snapshotMib() * MIB);
    }

    /** A limit that is not set has no value. */
    private void limits(Quota limits) {
        optional(
                "hyperfleet_machines_limit",
                "Limit of existing machines (HYPERFLEET_MAX_MACHINES).",
                () -> number(limits.machines(), 1));
        optional(
                "hyperfleet_running_machines_limit",
                "Limit of running machines (HYPERFLEET_MAX_RUNNING).",
                () -> number(limits.running(), 1));
        optional(
                "hyperfleet_running_vcpus_limit",
                "Limit of running machines' virtual CPUs (HYPERFLEET_MAX_VCPUS).",
                () -> number(limits.vcpus(), 1));
        optional(
                "hyperfleet_running_memory_limit_bytes",
                "Limit of running machines' memory (HYPERFLEET_MAX_MEM_SIZE_MIB).",
                () -> number(limits.memSizeMib(), MIB));
        optional(
                "hyperfleet_snapshots_limit",
                "Limit of snapshots (HYPERFLEET_SNAPSHOT_MAX_COUNT).",
                () -> number(limits.snapshots(), 1));
        optional(
                "hyperfleet_snapshot_limit_bytes",
                "Limit of snapshots' disk space (HYPERFLEET_SNAPSHOT_MAX_MIB).",
                () -> number(limits.snapshotMib(), MIB));
    }

    private static OptionalDouble number(OptionalLong value, double unit) {
        return value.isPresent() ? OptionalDouble.of(value.getAsLong() * unit) : OptionalDouble.empty();
    }

    private void gauge(String name, String help, Supplier<Number> value) {
        optional(name, help, () -> OptionalDouble.of(value.get().doubleValue()));
    }

    private void optional(String name, String help, Supplier<OptionalDouble> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(gauge -> value.get().ifPresent(gauge::call))
                .register(registry);
    }
}
