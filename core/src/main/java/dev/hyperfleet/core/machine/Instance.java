package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.ProcessIdentity;
import java.nio.file.Path;

/**
 * What a machine has only while its VMM runs.
 *
 * @param process the VMM
 * @param socket the VMM's own API, a Unix socket (QEMU: QMP)
 * @param network its network attachment
 * @param start how its run began
 */
public record Instance(ProcessIdentity process, Path socket, NetworkAttachment network, Start start) {}
