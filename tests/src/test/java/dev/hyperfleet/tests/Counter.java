package dev.hyperfleet.tests;

import java.util.Map;

/** A process in a guest that counts in its memory, and shows the count in /run/count. */
final class Counter {
    /** Each count replaces the file in one step, so that a reader never finds it empty. */
    private static final String SCRIPT =
            "i=0; while :; do i=$((i+1)); echo $i > /run/next; mv /run/next /run/count; sleep 0.05; done";

    private Counter() {}

    /** Starts one in this machine. */
    static void start(Api api, String machine) {
        api.start(machine, Map.of(), "sh", "-c", SCRIPT);
    }
}
