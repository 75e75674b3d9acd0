package dev.hyperfleet.bench;

import java.io.IOException;
import java.sql.SQLException;

/** One measurement. Everything that it starts has ended when {@link #run} returns. */
interface Benchmark {
    /** What it measures, in one line. */
    String title();

    void run(Settings settings, Workspace workspace, Report report)
            throws IOException, InterruptedException, SQLException;
}
