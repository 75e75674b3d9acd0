package dev.hyperfleet.core.control;

import dev.hyperfleet.core.machine.Machine;
import java.util.List;

/**
 * A part of a list of machines.
 *
 * @param total how many there are in the whole list
 */
public record MachinePage(List<Machine> machines, int total) {}
