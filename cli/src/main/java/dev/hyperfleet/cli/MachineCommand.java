package dev.hyperfleet.cli;

import picocli.CommandLine.Command;

/** The commands for machines, under one name: those of {@link Verbs}. */
@Command(
        name = "machine",
        description = {
            "Commands for machines. Each is there without 'machine', too: hyperfleet ls.",
            "A machine is named by its name or its id.",
            "They talk to the server of HYPERFLEET_URL and HYPERFLEET_TOKEN (an API key); without these, to that of "
                    + "'hyperfleet login', or to the one that runs on this host.",
            "HYPERFLEET_LEASE_NONCE is the nonce of the lease that you hold, if any."
        },
        footer = {
            "",
            "Exit status: 0 done; 1 the server refused; 2 wrong usage; 3 no server answers; 124 a timeout; 141 standard "
                    + "output was closed. exec, sh and run exit with the status of the command, or with 125 to 127."
        })
public final class MachineCommand {}
