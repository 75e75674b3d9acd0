package dev.hyperfleet.core.control;

import dev.hyperfleet.core.machine.Machine;
import java.util.List;

/**
 * A part of a list of machines.
 *
 * @param total the length of the whole list
 */
public record MachinePage(List<Machine> machines, int total) {}
