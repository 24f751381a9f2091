"""The narrow stores of the simulated store, and what one commit writes."""
