"""The narrow stores of the simulated store, and their parts of a commit."""
