package dev.hyperfleet.server;

import dev.hyperfleet.core.control.MachineEvent;
import dev.hyperfleet.core.control.MachineEvent.AutomationFailed;
import dev.hyperfleet.core.control.MachineEvent.BootRepeated;
import dev.hyperfleet.core.control.MachineEvent.Changed;
import dev.hyperfleet.core.control.MachineEvent.CleanupFailed;
import dev.hyperfleet.core.control.MachineEvent.ClockNotSet;
import dev.hyperfleet.core.control.MachineEvent.Created;
import dev.hyperfleet.core.control.MachineEvent.Deleted;
import dev.hyperfleet.core.control.MachineEvent.Recovered;
import dev.hyperfleet.core.control.MachineEvent.Running;
import dev.hyperfleet.core.control.MachineEvent.StoreFailed;
import dev.hyperfleet.core.control.MachineListener;
import dev.hyperfleet.core.control.RecoveryReport;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Logs and counts what happens to machines. */
final class EventLog implements MachineListener {
    private static final Logger LOG = LoggerFactory.getLogger("machines");
    private static final double MILLISECONDS = 1e3;

    private final Histogram starts;
    private final Counter transitions;
    private final Counter recoveries;
    private final Counter repeatedBoots;
    private final Counter restarts;

    EventLog(PrometheusRegistry registry) {
        starts = Histogram.builder()
                .name("hyperfleet_machine_start_seconds")
                .help("Time from the start of a machine to its guest's first response.")
                .classicUpperBounds(.1, .25, .5, 1, 1.5, 2, 3, 5, 10, 30, 60)
                .classicOnly()
                .register(registry);
        transitions = Counter.builder()
                .name("hyperfleet_machine_transitions_total")
                .help("Machines' changes of status.")
                .labelNames("to")
                .register(registry);
        for (MachineStatus status : MachineStatus.values()) { // a rate needs the value before the first one
            transitions.initLabelValues(status.text());
        }
        recoveries = Counter.builder()
                .name("hyperfleet_recovery_steps_total")
                .help("Recovery steps of the server's start; GET /recovery lists each.")
                .labelNames("action")
                .register(registry);
        repeatedBoots = Counter.builder()
                .name("hyperfleet_machine_boots_repeated_total")
                .help("Boots of guests that failed because of the host's load, and were repeated.")
                .register(registry);
        restarts = Counter.builder()
                .name("hyperfleet_machine_restarts_total")
                .help("Starts of machines by their restart policies.")
                .register(registry);
    }

    @Override
    public void on(MachineEvent event) {
        switch (event) {
            case Changed(Machine before, Machine after)
            when before.status() == after.status() -> log(Level.INFO, event).log("machine configured");
            case Changed(Machine before, Machine after) -> {
                count(before, after);
                log(Level.INFO, event)
                        .addKeyValue("from", before.status().text())
                        .addKeyValue("to", after.status().text())
                        .addKeyValue("error_message", after.errorMessage().orElse(null))
                        .log("machine changed");
            }
            case Created(Machine machine) ->
                log(Level.INFO, event)
                        .addKeyValue("name", machine.spec().name())
                        .log("machine created");
            case Running _ -> {}
            case Deleted _ -> log(Level.INFO, event).log("machine deleted");
            case Recovered(RecoveryReport.Step step) -> {
                recoveries.labelValues(step.action().text()).inc();
                log(level(step.action()), event)
                        .addKeyValue("action", step.action().text())
                        .addKeyValue("reason", step.reason())
                        .log("recovered");
            }
            case StoreFailed failed ->
                log(Level.ERROR, event).setCause(failed.cause()).log("machine's state could not be stored");
            case AutomationFailed failed ->
                log(Level.WARN, event).setCause(failed.cause()).log("an automatic action of the machine failed");
            case BootRepeated repeated -> {
                repeatedBoots.inc();
                log(Level.WARN, event)
                        .setCause(repeated.cause())
                        .log("the guest's boot failed because of the host's load, and is repeated");
            }
            case ClockNotSet failed ->
                log(Level.WARN, event)
                        .setCause(failed.cause())
                        .log("the guest's clock could not be set; it may be late by as long as the machine was paused");
            case CleanupFailed failed ->
                log(Level.ERROR, event)
                        .setCause(failed.cause())
                        .log("leftover could not be removed; the next start of the server tries again");
        }
    }

    private static Level level(RecoveryReport.Action action) {
        return switch (action) {
            case ADOPTED, START_RESUMED, STOP_RESUMED -> Level.INFO;
            case START_LOST, END_RECORDED, REAPED, NOT_REMOVED -> Level.WARN;
        };
    }

    private static LoggingEventBuilder log(Level level, MachineEvent event) {
        return LOG.atLevel(level).addKeyValue("machine_id", event.id().value());
    }

    private void count(Machine before, Machine after) {
        transitions.labelValues(after.status().text()).inc();
        boolean byPolicy = after.restarts().count() > before.restarts().count();
        if (byPolicy && after.status() == MachineStatus.STARTING) {
            restarts.inc();
        }
        if (before.status() == MachineStatus.STARTING && after.status() == MachineStatus.RUNNING) {
            starts.observe(
                    Duration.between(before.updatedAt(), after.updatedAt()).toMillis() / MILLISECONDS);
        }
    }
}
