/* What the HDF5 library is to find in the next file that is opened; hdf5.c says in which words. */
#ifndef CUAL_TESTS_FUZZ_HDF5_LINES_H
#define CUAL_TESTS_FUZZ_HDF5_LINES_H

/* Cuts the text into lines and fields in place; it must live until the file is closed. */
void hdf5_lines(char *text);

#endif
