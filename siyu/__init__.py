"""The ground every room stands on: settings, embedded services, brand seam."""
