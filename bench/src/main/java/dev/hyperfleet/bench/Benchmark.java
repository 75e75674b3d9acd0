package dev.hyperfleet.bench;

import java.io.IOException;
import java.sql.SQLException;

/** One thing that is measured. What it starts has ended when {@link #run} returns. */
interface Benchmark {
    /** What it measures, in a line. */
    String title();

    void run(Settings settings, Workspace workspace, Report report)
            throws IOException, InterruptedException, SQLException;
}
