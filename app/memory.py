"""The garbage collector, told what kind of program this is."""

import gc

# Most of what a batch makes dies by itself when the batch ends. At Python's 700 the collector walks a batch's living
# objects dozens of times to find nothing, which cost a third of the time of an import; at this it looks about once.
YOUNG_OBJECTS = 50_000
# An import keeps some batches of a thousand parsed, and one being written: up to here it is all still in use.
YOUNG_OBJECTS_OF_IMPORT = 200_000


def settle_memory(*, young_objects: int = YOUNG_OBJECTS) -> None:
    """
    Take what exists now out of the collector's sight, and let it look less often. Call it once, when start-up is over.

    The schema and the libraries are some hundred thousand objects that live as long as the process. A full collection
    walks them all, and with many requests under way there is one every second or so: a tenth of the server's time, and
    a pause that every caller feels. What comes later is collected as ever.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(young_objects, 10, 10)
