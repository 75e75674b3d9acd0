package dev.hyperfleet.core.control;

import dev.hyperfleet.core.snapshot.Snapshot;
import java.util.List;

/**
 * A part of a list of snapshots.
 *
 * @param total how many snapshots the filter matches
 */
public record SnapshotPage(List<Snapshot> snapshots, int total) {}
