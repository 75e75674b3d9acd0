package dev.hyperfleet.core;

import java.util.List;
import java.util.Optional;

/**
 * The network that a machine will have.
 *
 * @param attachment what its user is told
 * @param gateway the guest's default route
 * @param dns the guest's name server; empty without a way out
 * @param uplink the program that connects the machine's namespace to the outside; empty for no way out
 * @param unreachable CIDR blocks that nothing in the namespace can reach
 */
public record NetworkPlan(
        NetworkAttachment attachment,
        String gateway,
        Optional<String> dns,
        Optional<String> uplink,
        List<String> unreachable) {}
