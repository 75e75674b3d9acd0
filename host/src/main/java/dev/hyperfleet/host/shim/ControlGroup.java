package dev.hyperfleet.host.shim;

import java.nio.file.Path;
import java.util.Map;

/**
 * A control group (version 2) of one VMM.
 *
 * @param settings files and their content
 * @param optionalSettings the same for files that not every kernel has
 */
public record ControlGroup(Path path, Map<String, String> settings, Map<String, String> optionalSettings) {}
