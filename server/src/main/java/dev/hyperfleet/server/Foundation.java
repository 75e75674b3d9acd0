package dev.hyperfleet.server;

import dev.hyperfleet.core.MonotonicClock;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What every module of a server depends on.
 *
 * @param executor a virtual thread for each task
 * @param closings the parts to close, in the order of their creation
 */
record Foundation(
        Settings settings,
        Clock clock,
        MonotonicClock time,
        SecureRandom random,
        ExecutorService executor,
        PrometheusRegistry metrics,
        Closings closings) {
    static Foundation of(Settings settings, Closings closings) {
        return new Foundation(
                settings,
                Clock.systemUTC(),
                MonotonicClock.SYSTEM,
                new SecureRandom(),
                Executors.newVirtualThreadPerTaskExecutor(),
                new PrometheusRegistry(),
                closings);
    }
}
