package dev.hyperfleet.core;

import java.nio.file.Path;
import java.util.List;

/**
 * A VMM that is to be started, in terms that every VMM has.
 *
 * @param command program and arguments; its standard output is the guest's console
 * @param sockets Unix sockets that it inherits, listening, as file descriptors 3, 4, …
 * @param network the namespace that it runs in
 * @param addressSpaceLimit bytes of memory that it may map at the most
 * @param fileSizeLimit bytes that a file it writes may have at the most
 */
public record Launch(
        List<String> command, List<Path> sockets, NetworkPlan network, long addressSpaceLimit, long fileSizeLimit) {}
