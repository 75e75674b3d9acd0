package dev.hyperfleet.server;

import java.util.ResourceBundle;

/** What the build knows. */
final class Build {
    static final String VERSION =
            ResourceBundle.getBundle("dev.hyperfleet.server.build").getString("version");

    private Build() {}
}
