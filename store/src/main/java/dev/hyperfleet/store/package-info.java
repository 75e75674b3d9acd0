/** Machines and API keys in one SQLite file. */
@NullMarked
package dev.hyperfleet.store;

import org.jspecify.annotations.NullMarked;
